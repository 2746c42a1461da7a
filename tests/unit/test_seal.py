"""A seal tells every change to the files it covers and to itself, and does not claim to know who sealed."""

import base64
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mingjian import seal as seals
from mingjian.errors import InputError, UsageError
from mingjian.seal import Found, seal, verify


@pytest.fixture
def key(tmp_path: Path) -> Ed25519PrivateKey:
    return seals.new_key(tmp_path / "key.pem")


@pytest.fixture
def dossier(tmp_path: Path) -> Path:
    folder = tmp_path / "dossier"
    (folder / "screens").mkdir(parents=True)
    (folder / "dossier.yml").write_text("package: app.apk\n")
    (folder / "app.apk").write_bytes(bytes(range(256)) * 5000)
    (folder / "screens" / "首页.xml").write_text("<hierarchy/>")
    (folder / "empty").write_bytes(b"")
    return folder


def faults(folder: Path, known: str | None = None) -> set[tuple[str, str]]:
    return {(found.fault, found.name) for found in verify(folder, known).faults}


def test_what_was_sealed_is_intact(dossier: Path, key: Ed25519PrivateKey) -> None:
    manifest = seal(dossier, key, "检查员")
    assert [row["name"] for row in manifest["files"]] == ["app.apk", "dossier.yml", "empty", "screens/首页.xml"]
    own = seals.fingerprint(key.public_key())
    checked = verify(dossier, own)
    assert (checked.faults, checked.known, checked.by, checked.files, checked.fingerprint) == ((), True, "检查员", 4, own)


def test_without_a_key_to_compare_nobody_knows_who_sealed(dossier: Path, key: Ed25519PrivateKey) -> None:
    seal(dossier, key)
    assert not verify(dossier).known


@pytest.mark.parametrize("name", ["app.apk", "dossier.yml", "screens/首页.xml"])
def test_one_byte(name: str, dossier: Path, key: Ed25519PrivateKey) -> None:
    seal(dossier, key)
    content = bytearray((dossier / name).read_bytes())
    content[len(content) // 2] ^= 1
    (dossier / name).write_bytes(content)
    assert faults(dossier) == {("changed", name)}


def test_files_that_came_and_went(dossier: Path, key: Ed25519PrivateKey) -> None:
    seal(dossier, key)
    (dossier / "empty").unlink()
    (dossier / "screens" / "more.xml").write_text("x")
    (dossier / "screens" / "seal.json").write_text("{}")
    assert faults(dossier) == {("missing", "empty"), ("added", "screens/more.xml"), ("added", "screens/seal.json")}


def test_a_file_in_whose_place_a_link_stands(dossier: Path, key: Ed25519PrivateKey, tmp_path: Path) -> None:
    """Even when the link leads to the same bytes: they could be others tomorrow."""
    seal(dossier, key)
    (tmp_path / "same").write_bytes((dossier / "app.apk").read_bytes())
    (dossier / "app.apk").unlink()
    (dossier / "app.apk").symlink_to(tmp_path / "same")
    assert faults(dossier) == {("unreadable", "app.apk")}


def _edit(folder: Path, change: Any) -> None:
    manifest = json.loads((folder / "seal.json").read_text(encoding="utf-8"))
    change(manifest)
    (folder / "seal.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_a_seal_that_was_changed_with_the_file(dossier: Path, key: Ed25519PrivateKey) -> None:
    seal(dossier, key)
    own = seals.fingerprint(key.public_key())
    (dossier / "empty").unlink()
    _edit(dossier, lambda manifest: manifest["files"].pop(2))
    assert faults(dossier) == {("signature", own)}


@pytest.mark.parametrize("field", ["by", "at", "tool"])
def test_every_word_of_the_seal_is_signed(field: str, dossier: Path, key: Ed25519PrivateKey) -> None:
    seal(dossier, key, "A")
    _edit(dossier, lambda manifest: manifest.update({field: "B"}))
    assert {fault for fault, _ in faults(dossier)} == {"signature"}


def test_another_key_seals_as_well_and_only_the_expected_fingerprint_tells(dossier: Path, key: Ed25519PrivateKey) -> None:
    seal(dossier, key)
    known = seals.fingerprint(key.public_key())
    (dossier / "app.apk").write_bytes(b"another app")
    forger = Ed25519PrivateKey.generate()
    seal(dossier, forger)
    assert faults(dossier) == set()
    assert faults(dossier, known) == {("other_key", seals.fingerprint(forger.public_key()))}


def test_the_key_in_the_seal_cannot_be_replaced_alone(dossier: Path, key: Ed25519PrivateKey) -> None:
    seal(dossier, key)
    known = seals.fingerprint(key.public_key())
    raw = Ed25519PrivateKey.generate().public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    _edit(dossier, lambda manifest: manifest["key"].update(public=base64.b64encode(raw).decode()))
    assert {fault for fault, _ in faults(dossier, known)} == {"signature", "other_key"}
    _edit(dossier, lambda manifest: manifest["key"].update(fingerprint=known))
    assert {fault for fault, _ in faults(dossier, known)} == {"signature", "other_key"}


def test_sealing_again_takes_the_place_of_the_seal(dossier: Path, key: Ed25519PrivateKey) -> None:
    seal(dossier, key)
    (dossier / "note.txt").write_text("later")
    seal(dossier, key)
    assert (verify(dossier).faults, verify(dossier).files) == ((), 5)


def test_links_and_special_files_are_not_sealed(dossier: Path, key: Ed25519PrivateKey) -> None:
    for make in (lambda path: path.symlink_to("app.apk"), lambda path: path.symlink_to("/"), os.mkfifo):
        make(dossier / "strange")
        with pytest.raises(InputError) as error:
            seal(dossier, key)
        assert error.value.key == "seal.special"
        (dossier / "strange").unlink()
    assert not (dossier / "seal.json").exists()


def test_a_file_that_changes_meanwhile_is_told(dossier: Path, key: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch) -> None:
    read = seals._digest

    def digest(path: Path, name: str) -> Any:
        found = read(path, name)
        if name == "app.apk":
            with path.open("ab") as file:
                file.write(b"more")
        return found

    monkeypatch.setattr(seals, "_digest", digest)
    with pytest.raises(InputError) as error:
        seal(dossier, key)
    assert error.value.key == "seal.changing"


def test_a_file_that_comes_meanwhile_is_told(dossier: Path, key: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch) -> None:
    read = seals._digest

    def digest(path: Path, name: str) -> Any:
        (dossier / "late.txt").write_text("late")
        return read(path, name)

    monkeypatch.setattr(seals, "_digest", digest)
    with pytest.raises(InputError) as error:
        seal(dossier, key)
    assert error.value.key == "seal.changing"


def test_an_empty_folder_is_not_sealed(key: Ed25519PrivateKey, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(InputError) as error:
        seal(tmp_path / "nothing", key)
    assert error.value.key == "seal.empty"


HOSTILE = [
    b"",
    b"{}",
    b"[]",
    b"\x00" * 50,
    b"[" * 100_000,
    b'{"schema": "mingjian-seal/1"}',
    b'{"schema": "mingjian-seal/1", "files": {}, "key": 5, "signature": ""}',
    b'{"schema": "mingjian-seal/1", "files": [{"name": "a", "size": 1e999, "sha256": ""}], "key": {"public": ""}, "signature": ""}',
    b'{"schema": "mingjian-seal/1", "schema": "mingjian-seal/1", "files": [], "key": {"public": ""}, "signature": ""}',
]


@pytest.mark.parametrize("content", HOSTILE)
def test_what_is_no_seal_is_refused(content: bytes, dossier: Path) -> None:
    (dossier / "seal.json").write_bytes(content)
    with pytest.raises(InputError) as error:
        verify(dossier)
    assert error.value.key == "seal.no_seal"


def test_a_seal_that_is_a_pipe_does_not_wait(dossier: Path) -> None:
    os.mkfifo(dossier / "seal.json")
    with pytest.raises(InputError):
        verify(dossier)


def test_a_new_key_is_its_owners_alone_and_replaces_none(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    key = seals.new_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert seals.fingerprint(seals.private_key(file).public_key()) == seals.fingerprint(key.public_key())
    with pytest.raises(InputError) as error:
        seals.new_key(file)
    assert error.value.key == "seal.key_exists"


def test_either_half_of_a_key_is_compared_with(tmp_path: Path) -> None:
    key = seals.new_key(tmp_path / "key.pem")
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(public)
    halves = {seals.fingerprint(seals.public_key(tmp_path / name)) for name in ("key.pem", "public.pem")}
    assert halves == {seals.fingerprint(key.public_key())}


def test_other_kinds_of_keys_are_refused(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    forms = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    for content in (other.private_bytes(*forms), b"no key", b"", b"-----BEGIN PRIVATE KEY-----\n"):
        (tmp_path / "other.pem").write_bytes(content)
        for read in (seals.private_key, seals.public_key):
            with pytest.raises(InputError) as error:
                read(tmp_path / "other.pem")
            assert error.value.key == "seal.no_key"


def test_a_fingerprint_as_people_write_it() -> None:
    plain = "ab" * 32
    assert seals.expected(":".join(["AB"] * 32)) == plain
    assert seals.expected(" ab" * 32) == plain
    for text in ("", "ab" * 31, "zz" * 32):
        with pytest.raises(UsageError):
            seals.expected(text)


def test_the_signature_is_ed25519_over_the_canonical_form(dossier: Path, key: Ed25519PrivateKey) -> None:
    """Checked as another program would: from the published form alone."""
    seal(dossier, key)
    manifest = json.loads((dossier / "seal.json").read_text(encoding="utf-8"))
    signature = base64.b64decode(manifest.pop("signature"))
    canonical = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    key.public_key().verify(signature, canonical)


def test_what_is_told_is_in_a_fixed_order(dossier: Path, key: Ed25519PrivateKey) -> None:
    seal(dossier, key)
    for name in ("b", "a"):
        (dossier / name).write_text("x")
    (dossier / "empty").unlink()
    assert verify(dossier).faults == (Found("added", "a"), Found("added", "b"), Found("missing", "empty"))


def test_a_seal_of_any_depth_is_broken_or_none(dossier: Path, key: Ed25519PrivateKey) -> None:
    """Python reads a few levels more than it writes again."""
    content = json.dumps(seal(dossier, key))[:-1]
    for depth in range(900, 1000):
        (dossier / "seal.json").write_text(f'{content}, "more": {"[" * depth}{"]" * depth}}}')
        try:
            assert ("signature", seals.fingerprint(key.public_key())) in faults(dossier)
        except InputError as error:
            assert error.key == "seal.no_seal"
