"""What a report rests on, in one digest: two listings with the same are scanned once."""

from hashlib import sha256

from mingjian.fleet.fetch import Fetched
from mingjian.fleet.listing import Listing
from mingjian.fleet.run import Run


def key_of(fetched: Fetched, listing: Listing, run: Run) -> str:
    """SHA-256 over the digests of package, policy, recordings and answers, over category and operator, and over the version of the program
    and the digest of its catalogue. The packs of rules are no part of it."""
    total = sha256()
    for part in (fetched.digest(), listing.category, listing.operator, run.tool, run.catalogue):
        content = part.encode()
        total.update(f"{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()
