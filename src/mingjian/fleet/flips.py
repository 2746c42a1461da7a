"""What a judgement changes, asked of the lake: clause by clause in reports and in apps, and which apps first."""

from dataclasses import dataclass

from mingjian.lake import Lake
from mingjian.lake.again import Judgement

SHOWN = 20
"""Apps that are named."""


@dataclass(frozen=True, slots=True)
class Flip:
    """How many reports go from one verdict on a clause to another, and in how many apps the newest report does. `before` is none where the
    clause is new, `after` where it is gone; both may be equal."""

    clause: str
    before: str | None
    after: str | None
    reports: int
    apps: int

    @property
    def changes(self) -> bool:
        """Whether anything is other than it was."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class App:
    """An app whose newest report says something else on a clause that both know. What has one platform, package name and certificate
    (`signer`, its SHA-256) is one app, as in the view `apps`. `changes` are clause, before and after."""

    package: str
    platform: str
    signer: str | None
    label: str
    store: str | None
    downloads: int | None
    report: str
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Flips:
    """All of it. `apps` are those with the most downloads, `flipping` how many there are, of `newest` apps with a judged report.
    `until_now` are the packs that judged the reports before, as id and version, with how many reports each."""

    matrix: tuple[Flip, ...]
    apps: tuple[App, ...]
    flipping: int
    newest: int
    until_now: tuple[tuple[tuple[str, ...], int], ...]

    def only(self, side: str) -> tuple[str, ...]:
        """Clauses that exist `before` alone, or `after` alone."""
        sides = {flip.clause: [each for each in self.matrix if each.clause == flip.clause] for flip in self.matrix}
        other = "after" if side == "before" else "before"
        return tuple(clause for clause, flips in sides.items() if all(getattr(flip, other) is None for flip in flips))


_TOLD = "package, platform, signer, label, store, downloads"
_NEWEST = f"""
  newest AS (FROM (FROM apps SELECT report, {_TOLD}, row_number() OVER (
      PARTITION BY platform, coalesce(nullif(package, ''), package_sha256), signer ORDER BY period DESC) AS nth
    WHERE $period IS NULL OR period = $period) SELECT report, {_TOLD} WHERE nth = 1),
  judged AS (FROM candidate_findings WHERE judgement = $judgement)"""
_MATRIX = f"""
WITH {_NEWEST} FROM judged SEMI JOIN reports USING (report) LEFT JOIN (FROM newest SELECT report AS one) ON one = report
SELECT clause, before, verdict, count(*), count(one) GROUP BY ALL ORDER BY ALL"""
_FLIPPING = f"""
WITH {_NEWEST}, flipping AS (FROM (FROM judged SELECT report, clause, before, verdict) JOIN newest USING (report) SELECT report, {_TOLD},
  list([clause, before, verdict] ORDER BY clause) AS changes WHERE before <> verdict GROUP BY ALL)
FROM flipping SELECT {_TOLD}, report, changes, count(*) OVER () ORDER BY downloads DESC NULLS LAST, package, platform, signer
LIMIT $shown"""  # noqa: S608 - our own words
_COUNTED = f"WITH {_NEWEST} FROM newest SEMI JOIN judged USING (report) SELECT count(*)"

_UNTIL_NOW = f"""
WITH {_NEWEST} FROM reports SEMI JOIN judged USING (report) SELECT packs, count(*) AS reports GROUP BY packs
ORDER BY reports DESC, packs"""


def flips(opened: Lake, judgement: Judgement, shown: int = SHOWN) -> Flips:
    """What a judgement that is not adopted yet changes. Raises what `Lake.query` raises."""
    asked = {"judgement": judgement.id, "period": judgement.period}
    matrix = tuple(Flip(*row) for row in opened.query(_MATRIX, asked).rows)
    rows = opened.query(_FLIPPING, {**asked, "shown": max(1, shown)}).rows
    apps = tuple(
        App(package, platform, signer, label, store, downloads, report, tuple(map(tuple, changes)))
        for package, platform, signer, label, store, downloads, report, changes, _ in rows[:shown]
    )
    until_now = tuple((tuple(packs), count) for packs, count in opened.query(_UNTIL_NOW, asked).rows)
    return Flips(matrix, apps, rows[0][-1] if rows else 0, opened.query(_COUNTED, asked).rows[0][0], until_now)
