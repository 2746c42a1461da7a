"""The agent as one script: our code and the bridge to Java, which npm fetches into the cache and which is never part of our sources."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from importlib import resources
from pathlib import Path

from mingjian.errors import InputError, UsageError

try:
    import frida
except ImportError:
    frida = None

_SECONDS = 300
_ENTRY = "agent.js"


def agent_script(cache: Path | None = None) -> str:
    """The script that is loaded into an app. It is built once for the same sources and kept in the cache folder.

    Raises UsageError when frida or npm is missing, InputError when the bridge cannot be fetched or does not compile."""
    if frida is None:
        raise UsageError("agent.no_frida")
    source = resources.files("mingjian") / "record" / "agent"
    files = {entry.name: entry.read_bytes() for entry in source.iterdir() if entry.name.endswith((".js", ".json"))}
    digest = hashlib.sha256(frida.__version__.encode())
    for name in sorted(files):
        digest.update(f"\0{name}\0{len(files[name])}\0".encode() + files[name])
    built = (cache or cache_folder()) / "agent" / f"{digest.hexdigest()[:24]}.js"
    if not built.is_file():
        built.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=built.parent) as place:
            folder = Path(place)
            for name, content in files.items():
                (folder / name).write_bytes(content)
            _fetch_bridge(folder)
            fresh = folder / built.name
            fresh.write_text(_compile(folder), encoding="utf-8")
            fresh.replace(built)
    return built.read_text(encoding="utf-8")


def cache_folder() -> Path:
    """Where fetched and built things of this program are kept."""
    named = os.environ.get("MINGJIAN_CACHE")
    return Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mingjian"


def _fetch_bridge(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise UsageError("agent.no_npm")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603 - our own lock file
    except subprocess.TimeoutExpired:
        raise InputError("agent.no_bridge", why=f"{_SECONDS} s") from None
    if done.returncode != 0:
        raise InputError("agent.no_bridge", why=_last_line(done.stderr))


def _compile(folder: Path) -> str:
    try:
        script: str = frida.Compiler().build(
            _ENTRY,
            project_root=str(folder),
            output_format="unescaped",
            bundle_format="iife",
            type_check="none",
            source_maps="omitted",
            compression="terser",
        )
    except (frida.InvalidArgumentError, frida.InvalidOperationError, frida.NotSupportedError) as fault:
        raise InputError("agent.no_bridge", why=_last_line(str(fault))) from None
    return script


def _last_line(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1][:200] if lines else "?"
