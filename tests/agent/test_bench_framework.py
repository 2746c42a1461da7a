"""What stands in for Android on the bench, and the hook list, against a real framework of Android."""

import re
import subprocess
from pathlib import Path

import pytest

from fixtures.bench.machine import Jdk
from fixtures.bench.play import Stage
from mingjian.model.shipped import catalog
from mingjian.record import hooks
from tests.conftest import CACHE

ACCESS = ("public", "protected", "private")


@pytest.fixture(scope="module")
def framework() -> Path:
    """A real framework of Android, as a jar."""
    jars = sorted((CACHE / "maven" / "org" / "robolectric" / "android-all").glob("*/android-all-*.jar"))
    if not jars:
        pytest.skip("there is no framework jar: run tools/agent_bench.sh")
    return jars[0]


def test_the_classes_that_stand_in_for_androids_have_members_of_the_real_ones(classes: Stage, framework: Path) -> None:
    """Same name, types, access, and superclass where there is one; the real ones have more."""
    fakes = classes.classes[0]
    names = sorted(path.relative_to(fakes).as_posix().removesuffix(".class").replace("/", ".") for path in fakes.rglob("*.class"))
    names = [name for name in names if not re.search(r"\$\d+$|\$StringUri$", name)]
    fake, real = (members(classes.jdk, path, names) for path in (fakes, framework))
    assert len(names) > 30
    for name in names:
        assert fake[name][0] in (None, real[name][0]), name
        assert fake[name][1] <= real[name][1], name


def test_the_hooks_of_the_platform_are_there_in_a_real_framework(classes: Stage, framework: Path) -> None:
    """Each stands where a call is carried out, unless Android has it only since a later level."""
    since = catalog("hooks")["since"]
    wanted = [hook for hook in hooks.hooks() if hook.platform and hook.classes[0].startswith("android.")]
    known = members(classes.jdk, framework, sorted({cls for hook in wanted for cls in hook.classes}), "-private")
    for hook in wanted:
        assert (hook.id in since) != any(carries_out(known[cls][1], hook) for cls in hook.classes if cls in known), hook


def carries_out(declared: set[tuple[str, ...]], hook: hooks.Hook) -> bool:
    name = "<init>" if hook.method == "$init" else hook.method
    types = "".join(map(descriptor_of, hook.parameters or ()))
    return any(each[2] == name and each[3].startswith(f"({types})") and "abstract" not in each[1] for each in declared)


def descriptor_of(name: str) -> str:
    primitives = {"boolean": "Z", "byte": "B", "short": "S", "char": "C", "int": "I", "long": "J", "float": "F", "double": "D"}
    slashed = name.replace(".", "/")
    return primitives.get(name) or (slashed if name.startswith("[") else f"L{slashed};")


def members(jdk: Jdk, path: Path, names: list[str], which: str = "-protected") -> dict[str, tuple[str, set[tuple[str, ...]]]]:
    """Superclass, and members as (access, static or abstract, name, descriptor), of each class that is there."""
    command = [jdk.program("javap"), "-s", which, "-cp", str(path), *names]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = {}
    for block in said.split("Compiled from ")[1:]:
        header = re.search(r"^.*\b(?:class|interface) ([\w.$]+)(?:<.*>)?(?: extends ([\w.$]+))?.*\{$", block, re.M)
        pairs = re.findall(r"^  (.*);\n    descriptor: (\S+)$", block, re.M)
        found[header[1]] = (header[2], {member(declared, descriptor, header[1]) for declared, descriptor in pairs})
    return found


def member(declared: str, descriptor: str, cls: str) -> tuple[str, ...]:
    words = declared.partition("(")[0].split()
    name = "<init>" if words[-1] == cls else words[-1]
    access, kind = (next((word for word in words if word in choice), "") for choice in (ACCESS, ("static", "abstract")))
    return access, kind, name, descriptor
