"""Which apps the synthetic market has, who stands behind them, which versions were looked at when. The same seed gives the same market."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from random import Random
from typing import Any

from mingjian.console import clock
from mingjian.console.workdays import Calendar
from mingjian.model.periods import half_year
from mingjian.model.shipped import catalog, read_yaml, rules_folder
from mingjian.model.terms import vocabulary

APPS = 300
SEED = 20260101
SAMPLED = {"2026H1": (date(2026, 1, 12), date(2026, 6, 12)), "2026H2": (date(2026, 7, 13), date(2026, 11, 18))}
"""The first and last day on which versions of each half-year were sampled."""

_RETURNING = 260
"""How many of the apps have a later version in the second half-year."""
_FAULTS_OF_ONE = (30, 28, 20, 12, 7, 3)
"""How often of a hundred a first version has none, one, two … faults."""
_KEPT = 0.34
"""The share of faults that the version of the second half-year still has."""
_NEWLY_FAULTY = 0.22
"""The share of versions of the second half-year with a fault that the one before did not have."""


@dataclass(frozen=True, slots=True)
class SyntheticApp:
    """An app that does not exist. `groups` are the permission groups that its functions need, `unrelated` a permission that none of them
    does, `necessary` the data that its type cannot do without, `other` an SDK that its policy would not name."""

    number: int
    package: str
    label: str
    category: str
    operator: str
    region: str
    store: str
    downloads: int
    traits: frozenset[str]
    necessary: tuple[str, ...]
    groups: tuple[str, ...]
    unrelated: str
    install_time: tuple[str, ...]
    sdks: tuple[str, ...]
    other: str


@dataclass(frozen=True, slots=True)
class SyntheticVersion:
    """One version as it was inspected. `dossier` names what was supplied, `length` the characters of its policy; `reviewed` says that a
    person answered every question of the checklists."""

    app: SyntheticApp
    version: str
    half: str
    at: datetime
    dossier: str
    faults: tuple[str, ...]
    reviewed: bool
    length: int

    @property
    def sha256(self) -> str:
        """The digest that stands for its package, of which there is none."""
        return sha256(f"synthetic package of {self.app.package} {self.version}".encode()).hexdigest()

    def corrected(self, at: datetime, remaining: Sequence[str] = ()) -> "SyntheticVersion":
        """The version that the operator hands in to be tested again: one patch later, with what remains of its faults. Everything of it is
        recorded and answered, or nothing could be called corrected."""
        major, minor, patch = self.version.split(".")
        version, half = f"{major}.{minor}.{int(patch) + 1}", half_year(at)
        return replace(self, version=version, at=at, faults=tuple(remaining), half=half, dossier="everything", reviewed=True)


@dataclass(frozen=True, slots=True)
class Market:
    """All apps, and all sampled versions in order of time."""

    apps: tuple[SyntheticApp, ...]
    versions: tuple[SyntheticVersion, ...]


@cache
def demo_data(name: str) -> Any:
    """The content of `rules/enforcement/demo/<name>.yml`, read once: nobody may change it."""
    return read_yaml(rules_folder() / "enforcement" / "demo" / f"{name}.yml")


def market(apps: int = APPS, seed: int = SEED) -> Market:
    """The market of that seed. No name in it is anybody's."""
    random = Random(seed)  # noqa: S311  what is invented here is no secret
    found = tuple(_app(random, number) for number in range(apps))
    versions: list[SyntheticVersion] = []
    days = {half: working_days(*span) for half, span in SAMPLED.items()}
    returning = set(random.sample(range(apps), min(apps, round(apps * _RETURNING / APPS))))
    for app in found:
        first = _first(random, app, _moment(random, days["2026H1"]))
        versions.append(first)
        if app.number in returning:
            versions.append(_later(random, first, _moment(random, days["2026H2"])))
    return Market(found, tuple(sorted(versions, key=lambda each: (each.at, each.app.number))))


def working_days(first: date, last: date) -> tuple[date, ...]:
    """The working days in China from `first` to `last`, make-up workdays included."""
    calendar = Calendar()
    span = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(day for day in span if calendar.is_workday(day))


def permission(group: str) -> str:
    """The term of the permission that stands for a group, such as `permission.camera.CAMERA`."""
    return f"permission.{group}.{demo_data('facts')['groups'][group]['name']}"


def _app(random: Random, number: int) -> SyntheticApp:
    names = demo_data("market")
    kinds: dict[str, str] = names["kinds"]
    categories = list(kinds)
    category = categories[number % len(categories)]
    word = names["words"][(number // len(categories) + 7 * (number % len(categories))) % len(names["words"])]
    type_ = vocabulary("categories")[category].fields
    rated: dict[str, Any] = catalog("permissions")["derived"][category]
    known = demo_data("facts")["groups"]
    usual = [group for group in rated["contextual"] if group in known and random.random() < 0.6]
    traits = {trait for trait, share in _shares(type_["none_needed"]).items() if random.random() < share}
    weights = {id: row["weight"] for id, row in names["sdks"].items() if row.get("needs") in {None, *traits}}
    sdks = _several(random, weights, random.randint(0, 6))
    return SyntheticApp(
        number=number,
        package=f"com.example.demo{number:03}.{category}",
        label=names["label"].format(word=word, kind=kinds[category]),
        category=category,
        operator=_operator(random),
        region=_one(random, names["regions"]),
        store=_one(random, {row["name"]: row["weight"] for row in names["stores"]}),
        downloads=_rounded(min(900_000_000, 8_000 * random.paretovariate(0.42))),
        traits=frozenset(traits),
        necessary=tuple(data for data in type_["necessary"] if data != "basic.phone_number"),
        groups=tuple(group for group in (*rated["necessary"], *usual) if group in known),
        unrelated=permission(random.choice([group for group in rated["low_relevance"] if group in known])),
        install_time=tuple(random.sample(demo_data("facts")["install_time"], random.randint(2, 12))),
        sdks=sdks,
        other=random.choice([id for id in names["sdks"] if id not in sdks]),
    )


def _shares(none_needed: bool) -> dict[str, float]:
    """How often an app has each trait, by whether its type works without personal information."""
    return {"accounts": 0.5 if none_needed else 1.0, "targets": 0.4}


def _operator(random: Random) -> str:
    operators = demo_data("market")["operators"]
    name: str = operators["form"].format(stem=random.choice(operators["stems"]), branch=random.choice(operators["branches"]))
    return name


def _first(random: Random, app: SyntheticApp, at: datetime) -> SyntheticVersion:
    wanted = random.choices(range(len(_FAULTS_OF_ONE)), _FAULTS_OF_ONE)[0]
    return SyntheticVersion(
        app=app,
        version=f"{random.randint(1, 9)}.{random.randint(0, 12)}.0",
        half=half_year(at),
        at=at,
        dossier=_one(random, {name: row["weight"] for name, row in demo_data("facts")["dossiers"].items()}),
        faults=_several(random, possible_faults(app), wanted),
        reviewed=random.random() < 0.35,
        length=random.randint(40, 180) * 100,
    )


def _later(random: Random, before: SyntheticVersion, at: datetime) -> SyntheticVersion:
    major, minor, _ = before.version.split(".")
    kept = [fault for fault in before.faults if random.random() < _KEPT]
    if random.random() < _NEWLY_FAULTY:
        kept += _several(random, {fault: weight for fault, weight in possible_faults(before.app).items() if fault not in before.faults}, 1)
    version = f"{major}.{int(minor) + random.randint(1, 3)}.0"
    reviewed, length = random.random() < 0.35, before.length + random.randint(-5, 15) * 100
    return replace(before, version=version, half=half_year(at), at=at, faults=tuple(kept), reviewed=reviewed, length=length)


def possible_faults(app: SyntheticApp) -> dict[str, int]:
    """The faults that an app can have, each with how often it occurs."""
    has = {*app.traits, "other", *(["sdk"] if app.sdks else [])}
    return {name: row["weight"] for name, row in demo_data("facts")["faults"].items() if row.get("needs", "other") in has}


def _moment(random: Random, days: Sequence[date]) -> datetime:
    """Some time of some day; the later days are the busier ones, so that enough is under way at the end."""
    day = days[int(len(days) * random.random() ** 0.5)]
    return datetime.combine(day, time(random.randint(9, 17), random.randrange(60)), clock.PLACE)


def _one(random: Random, weights: Mapping[str, int]) -> str:
    return random.choices(list(weights), list(weights.values()))[0]


def _several(random: Random, weights: Mapping[str, int], number: int) -> tuple[str, ...]:
    return tuple(_draw(random, dict(weights), number))


def _draw(random: Random, left: dict[str, int], number: int) -> Iterator[str]:
    for _ in range(min(number, len(left))):
        drawn = _one(random, left)
        del left[drawn]
        yield drawn


def _rounded(number: float) -> int:
    """With two digits, as stores tell downloads."""
    return int(float(f"{number:.1e}"))
