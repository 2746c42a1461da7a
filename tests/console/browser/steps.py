"""What people do again and again in the journeys, each through the pages and found by what does not depend on the language."""

import hashlib
import hmac
import re
import struct
import time
from base64 import b32decode
from pathlib import Path
from typing import Any

from tests.console.browser.seed import PASSWORD
from tests.console.browser.visitor import Visitor

LONG = 90_000
"""Milliseconds that a scan on a busy machine may take."""


def number(visitor: Visitor) -> int:
    """The number in the address of the page."""
    found = re.search(r"/(\d+)/", visitor.page.url)
    assert found, visitor.page.url
    return int(found.group(1))


def upload(visitor: Visitor, folder: Path, **about: str) -> int:
    """Orders an inspection of the app in the folder with its policy and its recording, waits until it is done, and gives its number."""
    visitor.open("/inspections/new/")
    visitor.page.set_input_files("input[name=package]", folder / "app.apk")
    visitor.page.set_input_files("input[name=policy]", folder / "policy.html")
    visitor.page.set_input_files("input[name=run]", folder / "run.jsonl")
    visitor.page.select_option("select[name=category]", "food_delivery")
    for name, value in about.items():
        visitor.page.fill(f"input[name={name}]", value)
    visitor.press("main form button")
    return number(visitor)


def done(visitor: Visitor) -> None:
    """Waits until the inspection on the page is done, which the page finds out by itself."""
    visitor.page.wait_for_selector("#clauses", timeout=LONG)


def step(visitor: Visitor, case: int, kind: str, query: str = "", /, **fields: str) -> None:
    """Takes one step on a case by its form; `fields` are filled in by their names."""
    visitor.open(f"/cases/{case}/")
    visitor.press(f"main a[href*='/cases/{case}/{kind}/{query}']")
    fill(visitor, **fields)
    visitor.press("main form button")
    assert visitor.page.url.endswith(f"/cases/{case}/"), visitor.main()


def fill(visitor: Visitor, **fields: str) -> None:
    """Fills fields of the page's form in, chosen by their names."""
    for name, value in fields.items():
        field = visitor.page.locator(f"main [name='{name}']").first
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def state(visitor: Visitor, case: int) -> str:
    """The state of a case, as its twin for programs tells it."""
    told: dict[str, Any] = visitor.context.request.get(f"/cases/{case}.json").json()
    return str(told["state"])


def kinds(visitor: Visitor, case: int) -> list[str]:
    """The kinds of the events of a case."""
    return [str(event["kind"]) for event in visitor.context.request.get(f"/cases/{case}.json").json()["events"]]


def invited(by: Visitor, visitor: Visitor, name: str, **fields: str) -> None:
    """One invites, the other opens the link and chooses a name and a password; `fields` are those of the invitation."""
    by.open("/people/invitations/")
    fill(by, **fields)
    by.press("main form button")
    link = by.page.locator("main pre").inner_text()
    by.see("invitation-link", again=False)
    visitor.open(link)
    visitor.see("invited")
    fill(visitor, name=name, password=PASSWORD)
    visitor.press("main form button")
    visitor.sign_in(name)


def one_time_code(secret: str, at: float | None = None) -> str:
    """The code that a phone would show now (RFC 6238: HMAC-SHA-1, six digits, thirty seconds)."""
    counter = int((time.time() if at is None else at) // 30)
    mac = hmac.new(b32decode(secret + "=" * (-len(secret) % 8)), struct.pack(">Q", counter), hashlib.sha1).digest()
    place = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[place : place + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
