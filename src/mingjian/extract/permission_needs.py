"""Which finds show that a declared permission could be used, from `rules/catalog/permission_needs.yml`."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from mingjian.extract.catalogue import Api
from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.terms import within

NEWEST = 36
"""The newest API level that the rows speak of."""
_ANDROID = "android.permission."


@dataclass(frozen=True, slots=True)
class Service:
    """One thing that a permission opens, on API levels `first` to `last`. `need` is the permission that a row of the catalogue names,
    of rows whose data is within `data` where that is given; `reads` is data that shows the use whatever row states it."""

    need: str | None
    data: tuple[str, ...]
    reads: tuple[str, ...]
    first: int
    last: int

    def meets(self, row: Api, data: str, levels: range) -> bool:
        """Whether a find of `row` that reaches `data` shows a use on one of the levels."""
        if self.first >= levels.stop or self.last < levels.start:
            return False
        if self.reads:
            return any(within(data, each) for each in self.reads)
        named = row.permission is not None and full_name(row.permission) == self.need
        return named and (not self.data or any(within(row.data, each) for each in self.data))


@dataclass(frozen=True, slots=True)
class Needs:
    """All that `permission_needs.yml` says, by full names of permissions. `opaque` are permissions whose calls need them only with some
    arguments; `spots` the blind spots of code behind which any use may hide."""

    serves: dict[str, tuple[Service, ...]]
    calls: dict[str, tuple[str, ...]]
    opaque: frozenset[str]
    actions: dict[str, tuple[str, ...]]
    closed: frozenset[str]
    provider: frozenset[str]
    web: frozenset[str]
    spots: tuple[str, ...]

    def services(self, permission: str) -> tuple[Service, ...]:
        """What a permission opens."""
        return self.serves.get(permission) or (Service(permission, (), (), 1, NEWEST),)


@cache
def needs() -> Needs:
    """The page, read once."""
    page: dict[str, Any] = read_yaml(rules_folder() / "catalog" / "permission_needs.yml")
    return Needs(
        serves={permission: tuple(map(_service, rows)) for permission, rows in page["serves"].items()},
        calls={permission: tuple(row["signatures"]) for permission, row in page["calls"].items()},
        opaque=frozenset(permission for permission, row in page["calls"].items() if row.get("opaque")),
        actions={permission: tuple(actions) for permission, actions in page["actions"].items()},
        closed=frozenset(page["closed"]),
        provider=frozenset(page["provider"]),
        web=frozenset(page["web"]),
        spots=tuple(page["spots"]),
    )


def use_questions() -> Iterator[tuple[str, str, str]]:
    """Question id, class and name of every call that no row of the catalogue asks about."""
    seen: dict[str, str] = {}
    for signatures in needs().calls.values():
        for signature in signatures:
            seen.setdefault(signature, question_of(signature))
    for signature, id in seen.items():
        owner, _, name = signature.partition("->")
        yield id, owner, name


def question_of(signature: str) -> str:
    """The id of the question for such a call."""
    return f"use:{signature}"


def full_name(permission: str) -> str:
    """The catalogue leaves out Android's own prefix."""
    return permission if "." in permission else _ANDROID + permission


def _service(row: dict[str, Any]) -> Service:
    need = row.get("need")
    return Service(
        need=full_name(need) if need else None,
        data=tuple(row.get("data", ())),
        reads=tuple(row.get("reads", ())),
        first=row.get("from", 1),
        last=row.get("to", NEWEST),
    )
