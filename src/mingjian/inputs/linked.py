"""The pages that a policy links to as parts of itself: its lists of SDKs, partners and shared data."""

import re
from collections.abc import Iterator
from functools import cache
from urllib.parse import urldefrag, urljoin, urlsplit

from mingjian.errors import UsageError
from mingjian.inputs.fetch import checked
from mingjian.model.document import Document, Link
from mingjian.model.shipped import catalog

MOST_LISTS = 10
_BEFORE = 60
"""Characters before a link that may say what it leads to."""
_LONGEST_WORDS = 300


def lists(document: Document, address: str) -> tuple[str, ...]:
    """The addresses of the lists that the document, which stands at `address`, links to: of its scheme, each once, in their order."""
    found = {address: None}
    for link in document.links:
        if not _leads_to_list(document, link):
            continue
        for target in _checked(urljoin(address, link.target)):
            if urlsplit(target).scheme == urlsplit(address).scheme and _page(target) != _page(address):
                found.setdefault(_page(target))
    return tuple(found)[1 : MOST_LISTS + 1]


def _checked(target: str) -> Iterator[str]:
    try:
        yield checked(target)
    except UsageError:
        # A link to a mail address, a script or nothing; it is no page.
        return


def _page(address: str) -> str:
    """The address without a place inside its page. A fragment that begins as a path is no place: scripts choose the page by it."""
    page, fragment = urldefrag(address)
    return address if fragment.startswith(("/", "!")) else page


def _leads_to_list(document: Document, link: Link) -> bool:
    names, points, before = _patterns()
    words = document.text[link.start : link.end][:_LONGEST_WORDS].strip()
    if points.search(words):
        line = document.text.rfind("\n", 0, link.start) + 1
        return before.search(document.text[max(line, link.start - _BEFORE) : link.start]) is not None
    return any(pattern.search(words) for pattern in names)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], ...], re.Pattern[str], re.Pattern[str]]:
    rows = catalog("linked_lists")
    return tuple(re.compile(pattern) for pattern in rows["names"]), re.compile(rows["points"]), re.compile(rows["before"])
