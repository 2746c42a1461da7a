"""One app as a store lists it: where its package lies and what the store tells of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listing:
    """`location` is a path, `s3://bucket/key` or an `https` address of a package, a folder of splits, or a dossier; so are those of `policy`,
    `runs` and `review`. `sha256` is the digest of the package's file where the list tells it. What nobody told is empty."""

    location: str
    sha256: str = ""
    category: str = ""
    store: str = ""
    region: str = ""
    operator: str = ""
    downloads: int | None = None
    policy: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    review: tuple[str, ...] = ()
