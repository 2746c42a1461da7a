"""Sealing what tells who complained, and the only ways to read it.

AES-256-GCM; each sealed value names its key and is bound by associated data to its row and purpose, so that bytes moved to another row do
not open. Keys stand in the file `keys/complaints` of the console's folder, one a line: the first seals, all open.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction

from mingjian.console import vault
from mingjian.console.access import INSPECTOR, REVIEWER
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import record
from mingjian.console.complaints.models import Attachment, Complaint, Reply
from mingjian.console.home import secret
from mingjian.console.refused import RefusedError

_VERSION = b"\x01"
_KEY_ID = 4
_NONCE = 12
HEADER = len(_VERSION) + _KEY_ID + _NONCE

READERS = frozenset({INSPECTOR, REVIEWER})
PURPOSES = ("sort", "examine", "contact", "reply", "check", "rights")
"""What a complaint may be read for; free text would itself put personal data into the chain for ever."""


class BrokenSealError(ValueError):
    """Sealed bytes that no key opens in this place: they were changed or moved, or their key is gone."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who complained, as far as they told."""

    name: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """What the complainant told in their own words, with what they added later, oldest first."""

    description: str
    device: str = ""
    added: tuple[str, ...] = ()


def seal(content: bytes, place: str) -> bytes:
    """The content, sealed for `place` (such as `complaint:12/identity`) under the first key."""
    key = _keys()[0]
    head = _VERSION + _id(key) + secrets.token_bytes(_NONCE)
    return head + AESGCM(key).encrypt(head[-_NONCE:], content, place.encode())


def unseal(sealed: bytes | memoryview, place: str) -> bytes:
    """The content that was sealed for `place`. Raises `BrokenSealError`."""
    sealed = bytes(sealed)
    for key in _keys():
        if sealed[:HEADER].startswith(_VERSION + _id(key)):
            try:
                return AESGCM(key).decrypt(sealed[HEADER - _NONCE : HEADER], sealed[HEADER:], place.encode())
            except InvalidTag:
                break
    raise BrokenSealError(place)


def is_current(sealed: bytes | memoryview) -> bool:
    """Whether the first key sealed it; what an older one sealed is sealed anew by the daily task, after which that key can go."""
    return not sealed or bytes(sealed).startswith(_VERSION + _id(_keys()[0]))


def seal_values(place: str, **values: str) -> bytes:
    """Named texts, sealed for `place`."""
    return seal(json.dumps(values, ensure_ascii=False).encode(), place)


def unseal_values(sealed: bytes | memoryview, place: str) -> dict[str, str]:
    """The named texts that were sealed for `place`; none when they were erased. Raises `BrokenSealError`."""
    if not sealed:
        return {}
    values: dict[str, str] = json.loads(unseal(sealed, place))
    return values


def place_of(complaint: Complaint, part: str) -> str:
    """The place that a part of a complaint is sealed for."""
    return f"complaint:{complaint.pk}/{part}"


def identity(complaint: Complaint, reader: User, purpose: str) -> Identity:
    """Who complained, for a person who handles the complaint and says what for. The audit chain has the read before it is given.

    Raises `RefusedError` for anybody else and for a purpose that is not one of `PURPOSES`; must not run within a transaction, which could
    take the entry back."""
    _read_recorded("complaint.identity_read", complaint, reader, purpose)
    return opened_identity(complaint)


def statement(complaint: Complaint, reader: User, purpose: str) -> Statement:
    """What was complained of in the complainant's own words; as `identity`, without name and contact."""
    _read_recorded("complaint.statement_read", complaint, reader, purpose)
    return opened_statement(complaint)


def opened_identity(complaint: Complaint) -> Identity:
    """Name and contact for the complainant's own eyes; for everybody else `identity`."""
    return Identity(**unseal_values(complaint.identity, place_of(complaint, "identity")))


def opened_statement(complaint: Complaint) -> Statement:
    """The statement for the complainant's own eyes; for everybody else `statement`."""
    values = unseal_values(complaint.statement, place_of(complaint, "statement"))
    added = [unseal_values(each.sealed, place_of(complaint, f"message:{each.pk}")) for each in complaint.messages.order_by("pk")]
    return Statement(values.get("description", ""), values.get("device", ""), tuple(each["text"] for each in added if each))


def reply_text(reply: Reply, reader: User, purpose: str) -> str:
    """A reply as it was proposed; as `identity`."""
    _read_recorded("complaint.reply_read", reply.complaint, reader, purpose)
    return unseal_values(reply.sealed, place_of(reply.complaint, f"reply:{reply.pk}")).get("text", "")


def file_content(attachment: Attachment, reader: User, purpose: str) -> bytes:
    """The content of an attachment; as `identity`. Raises `BrokenSealError` also when the vault has lost the file."""
    _read_recorded("complaint.attachment_read", attachment.complaint, reader, purpose)
    return opened_file(attachment)


def opened_file(attachment: Attachment) -> bytes:
    """The content of an attachment for the complainant's own eyes; for everybody else `file_content`."""
    place = place_of(attachment.complaint, f"attachment:{attachment.pk}")
    try:
        return unseal(vault.read(attachment.sha256), place)
    except FileNotFoundError as error:
        raise BrokenSealError(place) from error


def may_read(complaint: Complaint, reader: User) -> bool:
    """Whether somebody may read what is sealed: who handles the complaint, or a reviewer while a reply waits for the second person. A
    complaint that was withdrawn is nobody's to read."""
    if (
        complaint.state == Complaint.State.WITHDRAWN
        or not reader.roles & READERS
        or not Complaint.objects.visible_to(reader).filter(pk=complaint.pk).exists()
    ):
        return False
    return complaint.handler_id == reader.pk or (
        REVIEWER in reader.roles and complaint.replies.filter(confirmed=None).exclude(proposed_by=reader).exists()
    )


def _read_recorded(action: str, complaint: Complaint, reader: User, purpose: str) -> None:
    if purpose not in PURPOSES:
        raise RefusedError("console.complaints.refused.purpose")
    if not may_read(complaint, reader):
        raise RefusedError("console.complaints.refused.reader", conflict=True)
    with transaction.atomic(durable=True):
        record(action, f"complaint:{complaint.pk}", actor=reader.get_username(), purpose=purpose)


def _keys() -> list[bytes]:
    return [bytes.fromhex(line) for line in secret("complaints").split()]


def _id(key: bytes) -> bytes:
    return hashlib.sha256(b"key id" + key).digest()[:_KEY_ID]
