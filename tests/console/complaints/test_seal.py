"""Sealed bytes open in their own place only, under every key of the file; who reads them is in the chain before they have them."""

import secrets
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from mingjian.console import vault
from mingjian.console.accounts.models import User
from mingjian.console.audit.models import Entry
from mingjian.console.complaints import seal as seals
from mingjian.console.complaints.intake import Told, take
from mingjian.console.complaints.models import Complaint
from mingjian.console.complaints.seal import BrokenSealError, identity, seal, statement, unseal
from mingjian.console.complaints.upkeep import seal_anew
from mingjian.console.home import home, secret
from mingjian.console.refused import RefusedError
from mingjian.console.work.queue import DAILY, TASKS

TOLD = Told("Weather", "It reads my contacts.", name="Li Si", contact="li@example.com", device="Phone 9", may_contact=True)


@pytest.fixture
def keys() -> Iterator[Callable[[str], None]]:
    """Writes the file of keys; afterwards the first one is back."""
    file, before = home() / "keys" / "complaints", secret("complaints")

    def write(text: str) -> None:
        file.write_text(text, encoding="ascii")

    yield write
    file.write_text(before, encoding="ascii")


def test_sealed_bytes_open_in_their_place_only() -> None:
    sealed = seal(b"words", "complaint:1/identity")
    assert unseal(sealed, "complaint:1/identity") == b"words"
    for place in ("complaint:2/identity", "complaint:1/statement", ""):
        with pytest.raises(BrokenSealError):
            unseal(sealed, place)


@pytest.mark.parametrize("at", [0, 1, 5, 17, -1])
def test_one_changed_byte_breaks_the_seal(at: int) -> None:
    sealed = bytearray(seal(b"words", "x"))
    sealed[at] ^= 1
    with pytest.raises(BrokenSealError):
        unseal(bytes(sealed), "x")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" * 10, b"\x01" * 400])
def test_bytes_that_never_were_sealed_are_refused(sealed: bytes) -> None:
    with pytest.raises(BrokenSealError):
        unseal(sealed, "x")


def test_no_two_seals_of_the_same_are_alike() -> None:
    assert seal(b"words", "x") != seal(b"words", "x")


def test_an_older_key_still_opens_until_everything_is_sealed_anew(db: None, keys: Callable[[str], None]) -> None:
    old, new = secret("complaints"), secrets.token_hex(32)
    complaint = take(TOLD, [b"%PDF-1.4\n%%EOF"]).complaint
    keys(f"{new}\n{old}\n")
    assert seals.opened_statement(complaint).device == "Phone 9"
    # Name with contact, words with device, and the file.
    assert seal_anew() == 3
    assert seal_anew() == 0
    keys(new)
    complaint.refresh_from_db()
    assert seals.opened_statement(complaint).description == "It reads my contacts."


def test_what_does_not_open_is_told_and_nothing_waits_for_it(db: None, keys: Callable[[str], None], noon: datetime) -> None:
    old, new = secret("complaints"), secrets.token_hex(32)
    broken, lost, whole = (take(TOLD, [b"%PDF-1.4\n%%EOF"]).complaint for _ in range(3))
    Complaint.objects.filter(pk=broken.pk).update(statement=bytes(broken.statement)[:-1] + bytes([bytes(broken.statement)[-1] ^ 1]))
    vault.drop(lost.attachments.get().sha256)
    Complaint.objects.filter(pk=whole.pk).update(provisional=True, due_on=noon.date())
    keys(f"{new}\n{old}\n")
    for name in DAILY:
        if name.startswith("complaints."):
            TASKS[name]()
    entry = Entry.objects.get(action="complaints.sealed_anew")
    # Of nine values, three in each complaint, one is damaged and one is gone.
    assert (entry.body, seal_anew()) == ('{"broken":2,"values":7}', 0)
    whole.refresh_from_db()
    assert (whole.provisional, whole.due_on > noon.date()) == (False, True)


def test_without_its_key_nothing_opens(db: None, keys: Callable[[str], None]) -> None:
    complaint = take(TOLD).complaint
    keys(secrets.token_hex(32))
    with pytest.raises(BrokenSealError):
        seals.opened_statement(complaint)


def test_words_moved_to_another_row_do_not_open(db: None) -> None:
    first, second = take(TOLD).complaint, take(TOLD).complaint
    Complaint.objects.filter(pk=second.pk).update(statement=first.statement)
    second.refresh_from_db()
    with pytest.raises(BrokenSealError):
        seals.opened_statement(second)


def test_who_handles_it_reads_it_and_the_chain_says_so_first(person: Callable[..., User], monkeypatch: pytest.MonkeyPatch) -> None:
    complaint, inspector = take(TOLD).complaint, person("inspector")
    complaint.handler = inspector
    complaint.save()
    assert identity(complaint, inspector, "contact").contact == "li@example.com"
    entry = Entry.objects.get(action="complaint.identity_read")
    assert (entry.actor, entry.object, entry.body) == ("inspector", f"complaint:{complaint.pk}", '{"purpose":"contact"}')
    assert statement(complaint, inspector, "sort").description == "It reads my contacts."
    assert Entry.objects.filter(action="complaint.statement_read").count() == 1

    def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(seals, "record", broken)
    with pytest.raises(OSError, match="disk full"):
        identity(complaint, inspector, "contact")


@pytest.mark.parametrize("roles", [("inspector",), ("reviewer",), ("publisher",), ("auditor",), ("administrator",), ("operator",), ()])
def test_nobody_else_reads_it_whatever_their_role(person: Callable[..., User], roles: tuple[str, ...]) -> None:
    complaint = take(TOLD).complaint
    reader = person(*roles, name="somebody")
    for read in (identity, statement):
        with pytest.raises(RefusedError):
            read(complaint, reader, "contact")
    assert not Entry.objects.filter(action__endswith="_read").exists()


@pytest.mark.parametrize("role", ["publisher", "auditor", "administrator", "operator"])
def test_a_role_that_reads_no_complaints_reads_none_that_was_put_in_its_name(person: Callable[..., User], role: str) -> None:
    complaint, reader = take(TOLD).complaint, person(role)
    complaint.handler = reader
    complaint.save()
    with pytest.raises(RefusedError):
        identity(complaint, reader, "contact")


def test_a_person_of_another_body_reads_nothing(person: Callable[..., User]) -> None:
    complaint, reader = take(TOLD, body="miit").complaint, person("inspector", body="cac")
    complaint.handler = reader
    complaint.save()
    with pytest.raises(RefusedError):
        identity(complaint, reader, "contact")


@pytest.mark.parametrize("purpose", ["", "because", "x" * 1000])
def test_a_read_without_a_known_purpose_is_refused(person: Callable[..., User], purpose: str) -> None:
    complaint, inspector = take(TOLD).complaint, person("inspector")
    complaint.handler = inspector
    complaint.save()
    with pytest.raises(RefusedError):
        identity(complaint, inspector, purpose)


def test_what_was_withdrawn_is_read_by_nobody(person: Callable[..., User]) -> None:
    complaint, inspector = take(TOLD).complaint, person("inspector")
    complaint.handler, complaint.state = inspector, Complaint.State.WITHDRAWN
    complaint.save()
    with pytest.raises(RefusedError):
        identity(complaint, inspector, "contact")
