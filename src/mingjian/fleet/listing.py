"""One app as a store lists it: where its package lies and what the store tells of it."""

import json
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Listing:
    """`location` is a path, `s3://bucket/key` or an `https` address of a package, a folder of splits, or a dossier; so are those of
    `policy`, `runs` and `review`. `sha256` is the digest of the package's file where the list tells it. `category` is one of the 39
    official types by id; `shelf` is the store's own word where that is none of them. What nobody told is empty."""

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
    shelf: str = ""

    def to_json(self) -> str:
        """One line without what is empty, the same for equal listings."""
        row = {each.name: getattr(self, each.name) for each in fields(self)}
        return json.dumps(
            {name: value for name, value in row.items() if value not in ("", None, ())}, ensure_ascii=False, separators=(",", ":")
        )

    @classmethod
    def from_json(cls, line: str) -> "Listing":
        """The listing that `to_json` wrote."""
        row = json.loads(line)
        values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
        return cls(**values)
