"""Secrets of second factors, encrypted with a key that is not in the database."""

import base64

from cryptography.fernet import Fernet

from mingjian.console.home import secret


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(bytes.fromhex(secret("second-factor"))))


def sealed(text: str) -> str:
    """The text as only this house can read it."""
    return _cipher().encrypt(text.encode()).decode("ascii")


def opened(text: str) -> str:
    """What was sealed. Raises `cryptography.fernet.InvalidToken` when the key is another."""
    return _cipher().decrypt(text.encode("ascii")).decode()
