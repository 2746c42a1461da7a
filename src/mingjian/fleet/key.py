"""What a report rests on, in one digest: two listings with the same are scanned once."""

from hashlib import sha256

from mingjian.fleet.fetch import Fetched
from mingjian.fleet.listing import Listing
from mingjian.fleet.run import Run


def key_of(fetched: Fetched, listing: Listing, run: Run) -> str:
    """SHA-256 over the digests of package, policy, recordings and answers, over category and operator, over the version of the program and
    the digest of its catalogue, and whether flows were asked. The packs of rules are no part of it."""
    total = sha256()
    # Without flows it is what it was before they could be asked.
    deep = ("flows",) if run.limits.flows else ()
    for part in (fetched.digest(), listing.category, listing.operator, run.tool, run.catalogue, *deep):
        content = part.encode()
        total.update(f"{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()
