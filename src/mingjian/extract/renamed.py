"""SDKs whose classes were given other names: recognised by what renaming leaves, with the clues told; otherwise nobody's.

A Java package is recognised, never a whole tree: builds move packages together, so what lies below says nothing. A false owner is
worse than none, so what one clue alone shows is told as doubtful, and owns nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mingjian.extract import shapes
from mingjian.native.answers import PackageShape


@dataclass(frozen=True, slots=True)
class Recognised:
    """A renamed Java package that holds code of an SDK. `hits` of its `digests` are those of the SDK, `methods` of the hits are methods;
    `example` is the descriptor of the class that has most of them. `clues` are words that name what else of the SDK is in the package
    file; `certain` says whether all together make it the owner."""

    package: str
    sdk: str
    methods: int
    hits: int
    digests: int
    example: str
    clues: tuple[str, ...]
    certain: bool

    @property
    def words(self) -> str:
        """How it was recognised, in signs that need no language: `a.b ≈ sdk.x 41/57 + libx.so`."""
        return " + ".join((f"{self.package} ≈ sdk.{self.sdk} {self.hits}/{self.digests}", *self.clues))


def recognised(rows: Iterable[PackageShape], clues: Mapping[str, Mapping[str, str]], taken: frozenset[str]) -> dict[str, Recognised]:
    """The packages in which an SDK was recognised, by dotted name.

    `clues` says by SDK and kind of clue what else was found of it; packages in `taken` have an owner."""
    asked = shapes.known()
    found: dict[str, Recognised] = {}
    # Payloads have packages of their own; one that is there twice, with different code, is no one's.
    counts = Counter(row["name"] for row in rows)
    for row in rows:
        if not row["name"] or row["name"] in taken or counts[row["name"]] > 1:
            continue
        hits = {asked[at] for each in row["known"] for at in each["hits"]}
        one = _judged(row, hits, clues)
        if one is not None:
            found[row["name"]] = one
    return found


def _judged(row: PackageShape, hits: set[tuple[int, str]], clues: Mapping[str, Mapping[str, str]]) -> Recognised | None:
    counts = Counter(id for _, id in hits)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if not ranked:
        return None
    id, most = ranked[0]
    rival = ranked[1][1] if len(ranked) > 1 else 0
    methods = sum(shapes.of_method(digest) for digest, owner in hits if owner == id)
    weights = shapes.weights()
    fits = [
        weights.clues[kind]
        for kind, measure in shapes.measures().items()
        if methods >= measure.methods
        and most >= measure.digests
        and most * 100 >= measure.share * row["digests"]
        and most >= measure.margin * rival
    ]
    if not fits:
        return None
    beside = clues.get(id, {})
    sum_ = max(fits) + sum(weights.clues[kind] for kind in beside)
    if sum_ < weights.medium:
        return None
    asked = shapes.known()
    example = max(row["known"], key=lambda each: (sum(asked[at][1] == id for at in each["hits"]), each["name"]))
    words = tuple(beside[kind] for kind in sorted(beside))
    return Recognised(row["name"], id, methods, most, row["digests"], example["name"], words, sum_ >= weights.high)
