"""Writes `docs/figures.md`, the definitions of all figures, from the data and texts that the console shows; `--check` only looks."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mingjian.console.settings")
django.setup()

from mingjian.console.figures import labels  # noqa: E402  models can be read once the settings are
from mingjian.console.figures.definitions import Column, Table, figures  # noqa: E402
from mingjian.console.figures.edition import TALLIES  # noqa: E402

PAGE = Path(__file__).parents[1] / "docs" / "figures.md"

_UNITS = {
    "count": "a number",
    "share": "number over base",
    "mean": "number per one of base",
    "per_hundred": "number per 100 of base",
    "place": "a place in the distribution",
}
_HEAD = """# Figures of a half-year

Every figure of the half-yearly report: what it counts, over what, and where the list of what it counts stands. This page is made from
`src/mingjian/rules/enforcement/figures.yml` and `src/mingjian/rules/texts/console/figures.yml` by `python tools/figures_page.py`, and a
test compares it with them.

- **Half-year**: 1 January to 30 June, 1 July to 31 December, by the day in China. Complaints belong to the half-year in which they were
  received (`Complaint.half`), inspections to that in which they were finished (`Inspection.half`).
- **Sample** (`overall`, `apps`): of each app the newest finished inspection of the half-year (`Inspection.latest`) that is no re-test and
  was not handed in by the operator (`Inspection.source`). One that a case took as its re-test is a re-test from then on, whatever it was
  made for. All figures of inspections but those of the table `sample` count within it.
- **Verdict**: what the inspection found, whether or not two persons have signed it by now, and no decision of an authority; those are
  counted in the tables of cases.
- **Dismissed**: a clause does not count for an app where everything that was found of it is dismissed on the day of counting: by one
  person with a second one confirming it, until a last day, and with no newer decision to the contrary
  (`console/inspections/dismissals.py`, kept with each finding as `dismissed_through`). It is in no base either.
- **Base**: shares are told over what was decided. `inconclusive` and `not_applicable` are in no base and stand beside. Over fewer than
  {least_base} a share or mean is shown as a count.
- **Moment**: states and deadlines are those at the moment of counting, which every edition tells with the head of the audit chain. A
  deadline that is provisional has never passed.
- **Withdrawn**: a problem that was withdrawn was no problem; a publication that was withdrawn does not count.
- **Place of a distribution**: with n numbers in order from 0, quarter q stands at rank (n - 1) * q; between two ranks in proportion.
- **Working days**: after the day of service up to and with the day of closing, by the calendar of `console/workdays.py`.
- **Difference to the half-year before**: of two shares, with the interval of two independent proportions ({quantile} standard errors);
  judged only with at least {least} with and without on both sides. Samples are chosen, not drawn, and overlap: it is a rough guide.
- **List**: `/figures/<half-year>/counted/?table=…&row=…&column=…`, made by the query that counts (`figures.counting.Tally`). It shows
  what fits the definition now.
- **Rows**: tables marked *ranked* keep the {most} most frequent rows.
- **The market by the lake**: the report's last section is no count of ours but what the lake answered when the figures were counted
  (`Edition.market`): the digest of the lake, and for each question what was given and the first {head} rows; of the ranking the types of
  the first {ranked} apps, and of clusters no more than numbers and kinds of evidence, for the report names no app. Of the newest
  {samples} plans that were kept for the half-year it has the estimates. The same questions to a lake of that digest give the same
  answers; what each counts stands in [fleet.md](fleet.md#questions). These figures count towards the edition's digest; that the lake
  could not be asked does not.

Columns of the tables `overall`, `by_category`, `by_store`, `by_region` and `by_downloads` are the same, told for all apps and for each
group. Classes of downloads begin at {classes}; an app of which the store tells no number has a class of its own. Tables ending in
`_places` tell places of the distribution in the table ending in `_spread`.
"""


def page() -> str:
    """The page as Markdown."""
    told = figures()
    head = _HEAD.format(
        least_base=told.least_base,
        quantile=told.normal_quantile,
        least=told.least_each_side,
        most=told.most_rows,
        head=told.market["rows"],
        ranked=told.market["ranked"],
        samples=told.market["samples"],
        classes=", ".join(f"{least:,}" for least in told.download_classes),
    )
    return "\n".join([head, *(line for table in told.tables.values() for line in _table(table))])


def _table(table: Table) -> Iterator[str]:
    ranked = ", ranked" if table.ranked else ""
    rows = f"Rows: {labels.rows(table, 'en').lower()}{ranked}. " if table.rows else ""
    counted = sorted({tally.counted for tally in TALLIES[table.of or table.name]})
    yield f"## `{table.name}`: {labels.title(table.name, 'en')}\n"
    models = ", ".join(f"`{model}`" for model in figures().tables[table.of or table.name].models)
    yield f"{rows}Counted from {models}; the lists show {', '.join(counted)}.\n"
    if labels.shared(table) == "group" and table.name != "overall":
        yield "Columns as in `overall`.\n"
        return
    yield "| column | what is counted | 计数口径 | told as | base |\n|---|---|---|---|---|"
    for column in table.columns.values():
        what = (labels.what(table, column.name, "en"), labels.what(table, column.name, "zh"))
        yield f"| `{column.name}` | {what[0]} | {what[1]} | {_UNITS[column.unit]} | {_base(table, column)} |"
    yield ""


def _base(table: Table, column: Column) -> str:
    if table.of:
        return f"all of `{table.of}`"
    for source, columns in column.base.items():
        names = " + ".join(f"`{name}`" for name in columns)
        return {"own": names, "overall": f"{names} of `overall`", "by_category": f"{names} of the type in `by_category`"}[source]
    return ""


def main() -> int:
    """0 when the page is, or now is, true."""
    if "--check" in sys.argv:
        return int(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
