"""Changes bytes of packages and of their parts, and reads them as the child does: `python -m tests.hostile.bundle_fuzz COUNT`.

Prints how many of each kind were read and how many refused. Anything else than the refusal that the child knows ends the process."""

import json
import random
import resource
import sys
import zlib
from collections.abc import Callable
from io import BytesIO

from fixtures.bundles import Ipa, Module, Part, abc, fat, hap, ipa, macho
from fixtures.bundles.hap import second_table, table
from fixtures.bundles.ipa import entries
from fixtures.bundles.macho import ARM64, ARMV7
from mingjian.inputs.bundles import ark, harmony, ios, json5, plists, restable
from mingjian.inputs.bundles import macho as macho_reader
from mingjian.inputs.bundles.archive import Archive, Budget
from mingjian.inputs.bundles.asked import Asked
from mingjian.inputs.bundles.unreadable import UnreadableError

_MEMORY = 2 << 30
_ASKED = Asked(frozenset({"_sysctl"}), frozenset({"AppDelegate"}), frozenset({b"text"}), ("@umeng/",))
_CODE = macho(imports={"/usr/lib/libSystem.B.dylib": ["_sysctl", "_OBJC_CLASS_$_AppDelegate"]}, classes=["AppDelegate"], texts=["text"])


def changed(content: bytes, dice: random.Random) -> bytes:
    """The same with a few bytes flipped, a number made extreme, a piece taken out, said again, or the rest cut off."""
    data = bytearray(content)
    for _ in range(dice.randint(1, 4)):
        # Heads hold the numbers that matter.
        most = min(len(data), 700) if dice.random() < 0.7 else len(data)
        at = dice.randrange(most) if most else 0
        match dice.randrange(6):
            case 0 | 1:
                data[at : at + 1] = bytes([dice.randrange(256)])
            case 2:
                data[at : at + 4] = dice.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\x01\0\0\0"))
            case 3:
                del data[at : at + dice.randint(1, 16)]
            case 4:
                data[at:at] = data[at : at + dice.randint(1, 64)]
            case 5 if dice.random() < 0.3:
                del data[at:]
    return bytes(data)


def _of_ios(content: bytes) -> object:
    made = ios.App(Archive(BytesIO(content), Budget()))
    return json.dumps([made.declared(), made.code(_ASKED, lambda: False)])


def _of_harmony(content: bytes) -> object:
    budget = Budget()
    made = harmony.App(Archive(BytesIO(content), budget), budget)
    return json.dumps([made.declared(), made.code(_ASKED, lambda: False)])


def _of_abc(content: bytes) -> object:
    """With the checksum that belongs to it, or every change would be noticed by that alone."""
    size = int.from_bytes(content[16:20], "little")
    return ark.read("a", content[:8] + zlib.adler32(content[12:size]).to_bytes(4, "little") + content[12:], _ASKED)


def _of_macho(content: bytes) -> object:
    return json.dumps(macho_reader.read("a", content, _ASKED))


KINDS: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "macho": (_CODE, _of_macho),
    "fat": (fat((ARMV7, macho(cpu=ARMV7)), (ARM64, _CODE)), _of_macho),
    "abc": (abc(classes=["La;", "L&@umeng/b&;"], texts=["text"]), _of_abc),
    "binary list": (entries(Ipa(info={"a": [{"b": 1}]}))["Payload/Sample.app/Info.plist"], plists.tree),
    "xml list": (entries(Ipa(info={"a": [{"b": 1}]}, binary_lists=False))["Payload/Sample.app/Info.plist"], plists.tree),
    "json": (json.dumps({"app": {"a": [1, "b"]}, "module": {"c": None}}).encode(), json5.tree),
    "table": (table({1: "a", 2: "b"}, {1: "c"}), lambda content: restable.texts(content, [1, 2])),
    "second table": (second_table({1: "a", 2: "b"}), lambda content: restable.texts(content, [1, 2])),
    "ipa": (ipa(Ipa(code=_CODE, parts=(Part("A"),))), _of_ios),
    "hap": (hap(Module(packages={"a": "1"}, permissions=[{"name": "b", "reason": "c"}])), _of_harmony),
}


def main(count: int) -> None:
    """Reads `count` changes of each kind."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    macho_reader.prepare()
    told = {}
    for kind, (content, read) in KINDS.items():
        read(content)
        refused = 0
        for seed in range(count):
            print(kind, seed, file=sys.stderr)
            try:
                read(changed(content, random.Random(f"{kind} {seed}")))
            except UnreadableError:
                refused += 1
        told[kind] = [count - refused, refused]
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]))
