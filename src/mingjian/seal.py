"""Seals of dossiers: which files a folder held, to the byte, when somebody signed for them, and whether that still holds.

`seal.json` lists name, size and SHA-256 of every file, who sealed, when and with which version, and carries an Ed25519 signature
(RFC 8032) over all of that in canonical form: JSON without white space, keys sorted, UTF-8. Without a key to compare with, a seal shows
that nothing changed since somebody sealed, not who that was: whoever changes a file can seal again with a key of his own."""

import hashlib
import json
import os
import stat
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mingjian.errors import InputError, UsageError
from mingjian.model.version import own_version

FILE = "seal.json"
"""The file that seals a folder; it lies in it."""
SCHEMA = "mingjian-seal/1"
MOST_FILES = 100_000
MOST_DEPTH = 64

_MOST_MANIFEST = 256 << 20
_MOST_KEY = 64 << 10
_CHUNK = 1 << 20
_PRIVATE = 0o600

Fault = Literal["changed", "missing", "added", "unreadable", "signature", "other_key"]


@dataclass(frozen=True, slots=True)
class Found:
    """Something that does not agree with the seal. `name` is the file's, or the fingerprint of the key for `signature` and `other_key`."""

    fault: Fault
    name: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. `by` and `at` are what whoever sealed said of himself and of the time. `known` says whether the key was compared
    with one that was expected: without that nobody knows who sealed."""

    fingerprint: str
    by: str
    at: str
    files: int
    known: bool
    faults: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    size: int
    sha256: str


def new_key(path: Path) -> Ed25519PrivateKey:
    """Makes a key and writes it (PEM, PKCS #8) where no file is yet, readable by its owner alone. Raises `InputError`."""
    key = Ed25519PrivateKey.generate()
    content = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "wb") as file:
            file.write(content)
    except FileExistsError as error:
        raise InputError("seal.key_exists", path=path) from error
    except OSError as error:
        raise InputError("error.cannot_write", path=path, why=error.strerror or str(error)) from error
    return key


def private_key(path: Path) -> Ed25519PrivateKey:
    """The key in a file (PEM, PKCS #8, without a password). Raises `InputError`."""
    try:
        key = serialization.load_pem_private_key(_small(path, _MOST_KEY), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InputError("seal.no_key", path=path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError("seal.no_key", path=path)
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """The public key in a file (PEM), or the public half of a private one. Raises `InputError`."""
    content = _small(path, _MOST_KEY)
    if b"PRIVATE KEY" in content:
        return private_key(path).public_key()
    try:
        key = serialization.load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputError("seal.no_key", path=path) from error
    if not isinstance(key, Ed25519PublicKey):
        raise InputError("seal.no_key", path=path)
    return key


def fingerprint(key: Ed25519PublicKey) -> str:
    """The SHA-256 of the 32 bytes of the key, in hexadecimal."""
    return hashlib.sha256(_raw(key)).hexdigest()


def expected(text: str) -> str:
    """A fingerprint as people write it: any case, with or without colons and spaces. Raises `UsageError` for what is none."""
    plain = "".join(text.split()).replace(":", "").lower()
    if len(plain) != 64 or not set(plain) <= set("0123456789abcdef"):
        raise UsageError("seal.no_fingerprint", text=text[:100])
    return plain


def seal(folder: Path, key: Ed25519PrivateKey, by: str = "") -> Mapping[str, Any]:
    """Writes `seal.json` over every file of the folder, in place of an older one, and returns what it says.

    Raises `InputError` for links and special files, for what cannot be read, and for a file that changes meanwhile."""
    files = []
    for path, name in _walk(folder):
        before = path.lstat()
        file = _digest(path, name)
        after = path.lstat()
        if (before.st_size, before.st_mtime_ns, before.st_ino) != (
            after.st_size,
            after.st_mtime_ns,
            after.st_ino,
        ) or file.size != after.st_size:
            raise InputError("seal.changing", path=path)
        files.append(file)
    if not files:
        raise InputError("seal.empty", path=folder)
    if [file.name for file in files] != [name for _, name in _walk(folder)]:
        raise InputError("seal.changing", path=folder)
    public = key.public_key()
    said: dict[str, Any] = {
        "schema": SCHEMA,
        "tool": {"name": "mingjian", "version": own_version()},
        "by": by,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "key": {"algorithm": "Ed25519", "public": b64encode(_raw(public)).decode(), "fingerprint": fingerprint(public)},
        "files": [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in files],
    }
    manifest = said | {"signature": b64encode(key.sign(_canonical(said))).decode()}
    _write(folder / FILE, json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n")
    return manifest


def verify(folder: Path, known: str | None = None) -> Checked:
    """Compares a folder with its seal, and the key of the seal with the fingerprint that is expected.

    Raises `InputError` only when there is no seal that can be read; everything else is a fault that is told."""
    path = folder / FILE
    manifest = _manifest(path)
    try:
        said = {name: value for name, value in manifest.items() if name != "signature"}
        listed = {str(row["name"]): (int(row["size"]), str(row["sha256"])) for row in said["files"]}
        raw = b64decode(said["key"]["public"], validate=True)
        key = Ed25519PublicKey.from_public_bytes(raw)
        signature = b64decode(manifest["signature"], validate=True)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError("seal.no_seal", path=path) from error
    own = fingerprint(key)
    faults = []
    if len(listed) != len(said["files"]) or said["key"].get("fingerprint") != own or not _signed(key, signature, said):
        faults.append(Found("signature", own))
    if known is not None and known != own:
        faults.append(Found("other_key", own))
    faults += _compared(folder, listed)
    return Checked(own, str(said.get("by", "")), str(said.get("at", "")), len(listed), known is not None, tuple(faults))


def _signed(key: Ed25519PublicKey, signature: bytes, said: Mapping[str, Any]) -> bool:
    try:
        key.verify(signature, _canonical(said))
    except (InvalidSignature, ValueError, RecursionError):
        return False
    return True


def _compared(folder: Path, listed: Mapping[str, tuple[int, str]]) -> list[Found]:
    faults = []
    there = set()
    for path, name in _walk(folder, refuse=False):
        there.add(name)
        if name not in listed:
            faults.append(Found("added", name))
            continue
        try:
            file = _digest(path, name)
        except InputError:
            faults.append(Found("unreadable", name))
            continue
        if (file.size, file.sha256) != listed[name]:
            faults.append(Found("changed", name))
    faults += [Found("missing", name) for name in sorted(listed.keys() - there)]
    return faults


def _walk(folder: Path, *, refuse: bool = True) -> Iterator[tuple[Path, str]]:
    """Every file below the folder but its seal, with its name from the folder on, in the order of the names. Links and special files are
    refused, or else given as files, so that they are told as added or changed."""
    found: list[tuple[str, Path]] = []
    waiting = [(folder, "", 0)]
    while waiting:
        here, prefix, depth = waiting.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    name = prefix + entry.name
                    if entry.is_dir(follow_symlinks=False):
                        if depth >= MOST_DEPTH:
                            raise InputError("seal.too_much", path=folder, limit=MOST_FILES)
                        waiting.append((Path(entry.path), name + "/", depth + 1))
                    elif name != FILE:
                        if refuse and not entry.is_file(follow_symlinks=False):
                            raise InputError("seal.special", path=entry.path)
                        found.append((name, Path(entry.path)))
                    if len(found) + len(waiting) > MOST_FILES:
                        raise InputError("seal.too_much", path=folder, limit=MOST_FILES)
        except OSError as error:
            raise InputError("input.cannot_read", path=here, why=error.strerror or str(error)) from error
    for name, path in sorted(found):
        if refuse and not _is_text(name):
            raise InputError("input.bad_name", path=path)
        yield path, name


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _digest(path: Path, name: str) -> _File:
    """Reads a plain file once, piece by piece, and neither a link nor anything that may wait for ever."""
    digest = hashlib.sha256()
    size = 0
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            if path.is_symlink() or not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise InputError("seal.special", path=path)
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise InputError("input.cannot_read", path=path, why=error.strerror or str(error)) from error
    return _File(name, size, digest.hexdigest())


def _manifest(path: Path) -> Mapping[str, Any]:
    try:
        manifest = json.loads(_small(path, _MOST_MANIFEST), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InputError("seal.no_seal", path=path) from error
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise InputError("seal.no_seal", path=path)
    return manifest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values under one name a reader may see the one and a signature cover the other."""
    said = dict(pairs)
    if len(said) != len(pairs):
        raise ValueError
    return said


def _canonical(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _small(path: Path, most: int) -> bytes:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InputError("seal.special", path=path)
            content = file.read(most + 1)
    except OSError as error:
        raise InputError("error.cannot_read", path=path, why=error.strerror or str(error)) from error
    if len(content) > most:
        raise InputError("input.too_large", path=path, size=len(content), limit=most)
    return content


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError("error.cannot_write", path=path, why=error.strerror or str(error)) from error
