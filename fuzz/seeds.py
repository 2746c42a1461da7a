"""Writes the seed corpus of every fuzz target, made from our own fixtures: `python -m fuzz.seeds FOLDER`."""

import hashlib
import io
import json
import re
import struct
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from fixtures import pairs
from fixtures.builder import build
from fixtures.builder.broken import variants
from mingjian.extract.flow_rules import question

APPS = Path(__file__).parents[1] / "fixtures" / "apps"
MOST_BYTES = 256 << 10
_BLOCK_MAGIC = b"APK Sig Block 42"
_SIGNED = (("rsa", ("v1", "v2", "v3", "v3.1")), ("ec", ("v2", "v3")), ("rotated", ("v2", "v3")))
_JAR_SIGNATURES = (".RSA", ".EC", ".DSA")
_COMPONENT = re.compile(r'<(application|activity|service|receiver|provider)\b[^>]*?android:name="([^"]+)"')


def main(folder: Path) -> None:
    """Fill `folder/<target>/`; a seed is named by its digest, so writing again changes nothing."""
    for target, data in seeds():
        if len(data) <= MOST_BYTES:
            place = folder / target
            place.mkdir(parents=True, exist_ok=True)
            (place / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    (folder / "flow.json").write_bytes(_flow_question())


def seeds() -> Iterator[tuple[str, bytes]]:
    """Yield (target, bytes) for each part of each package."""
    for package in _packages():
        yield "zip", package
        yield from _parts(package)
        if block := _signing_pairs(package):
            yield "sign", block
    with tempfile.TemporaryDirectory() as folder:
        for twin in pairs.twins():
            package = twin.write(Path(folder) / "pair.apk").path.read_bytes()
            yield from (("flow", data) for target, data in _parts(package) if target == "dex")


def _flow_question() -> bytes:
    """What the program asks of every package, with the components of all the apps whose code is a seed, and a small budget."""
    asked = json.loads(question())
    manifests = [(pairs.PACKAGE, twin.folder["AndroidManifest.xml"]) for twin in pairs.twins()]
    found = {(kind, _class(package, name)) for package, text in manifests for kind, name in _COMPONENT.findall(text)}
    asked["app"]["components"] = [{"class": name, "kind": kind, "launcher": kind == "activity"} for kind, name in sorted(found)]
    asked["flows"] |= {"source_budget": 5_000, "budget": 50_000}
    return json.dumps(asked).encode()


def _class(package: str, name: str) -> str:
    full = package + name if name.startswith(".") else name
    return f"L{full.replace('.', '/')};"


def _packages() -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "package"
        for app in ("old-target", "settings-other-key", "hidden-payload", "flutter"):
            yield build(APPS / app, out).path.read_bytes()
        for key, schemes in _SIGNED:
            yield build(APPS / "old-target", out, schemes=schemes, key=key).path.read_bytes()
        yield build(APPS / "kuaichi", out, bundle="aab").path.read_bytes()
        yield build(APPS / "kuaichi", out, utf8=False).path.read_bytes()
        good = build(APPS / "kuaichi", out).path.read_bytes()
    yield good
    yield from (data for _, data in variants(good))


def _parts(package: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(package))
        files = {info.filename: archive.read(info) for info in archive.infolist() if info.file_size <= MOST_BYTES}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, zlib.error):
        return
    for name, data in files.items():
        form = "proto" if data[:1] in (b"\x0a", b"\x12", b"\x1a") else "axml"
        if name.endswith(".dex"):
            yield "dex", data
        elif name.endswith(".so"):
            yield "elf", data
        elif name.endswith(".arsc"):
            yield "arsc", data
        elif name.endswith((".xml", ".pb")):
            yield form, data
        elif name.endswith(_JAR_SIGNATURES):
            described = files.get(name.rpartition(".")[0] + ".SF", b""), files.get("META-INF/MANIFEST.MF", b"")
            yield "jar", struct.pack("<H", len(data)) + data + struct.pack("<H", len(described[0])) + b"".join(described)


def _signing_pairs(package: bytes) -> bytes | None:
    footer = package.rfind(_BLOCK_MAGIC) - 8
    if footer < 0:
        return None
    size = struct.unpack_from("<Q", package, footer)[0]
    start = footer + 24 - size
    return package[start:footer] if 0 <= start <= footer else None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
