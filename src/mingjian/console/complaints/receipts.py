"""The code by which a complainant, and nobody else, finds their complaint again. Only a keyed digest of it is kept."""

import hashlib
import hmac
import secrets

from mingjian.console.home import secret

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and capitals without I, L, O and U, which are misread."""
_SPELT = str.maketrans({"I": "1", "L": "1", "O": "0"})
_RANDOM = 23
"""Letters of five random bits each: 115 bits. One more is the check letter."""
_GROUP = 4
LONGEST = 60
"""No input longer than this is a code, however it is spaced."""


def fresh() -> str:
    """A new code, in six groups of four letters."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(_RANDOM))
    code = letters + LETTERS[-_weighed(letters, 2) % len(LETTERS)]
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def plain(typed: str) -> str:
    """The letters of a code as somebody typed it: without spaces and hyphens, in capitals, misread letters put right."""
    return "".join(typed[:LONGEST].split()).replace("-", "").upper().translate(_SPELT)


def well_formed(typed: str) -> bool:
    """Whether the check letter fits, which every single wrong letter breaks: a code that is not well formed was mistyped, not guessed."""
    code = plain(typed)
    return len(code) == _RANDOM + 1 and set(code) <= set(LETTERS) and _weighed(code, 1) % len(LETTERS) == 0


def digest(typed: str) -> str:
    """The keyed digest under which the complaint of a code is kept."""
    return hmac.new(bytes.fromhex(secret("receipts")), plain(typed).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _weighed(code: str, last: int) -> int:
    """Luhn's sum to base 32: every second letter, counted from the end with weight `last`, counts double with its carry added."""
    total = 0
    for place, letter in enumerate(reversed(code)):
        value = LETTERS.index(letter) * (last if place % 2 == 0 else 3 - last)
        total += value // len(LETTERS) + value % len(LETTERS)
    return total
