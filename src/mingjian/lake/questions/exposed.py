"""Which apps carry an SDK, in which version where their package states one, and which of them name it in their policy."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from mingjian.errors import UsageError
from mingjian.lake.questions.asked import ALL_APPS, FIRST, Apps, Page, Result, asked
from mingjian.lake.questions.shares import share
from mingjian.model.version import SDK_VERSION

if TYPE_CHECKING:
    from mingjian.lake.ask import Lake

Told = Literal["named", "perhaps", "not_named", "part_read", "unread", "no_policy"]
"""What the policy of an app says of an SDK that the app carries. `perhaps`: an uncertain sentence, or a list that lies elsewhere and may
name it. `not_named` is said of a policy that was read as a whole, and of no other: one that was read in part, or that could not be read, or
that the lake does not have, leaves it unknown."""

_SDK = re.compile(r"(?:sdk\.)?([A-Za-z0-9][A-Za-z0-9_.-]{0,99})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ExposedSdk:
    """How many apps carry an SDK, and how many of them by what their policy says. `share_named` with its interval is told over those for
    which it is known, `named` and `not_named`; `version_stated` counts the apps whose package states the SDK's version; `downloads` adds
    up those that are known."""

    sdk: str
    apps: int
    named: int
    perhaps: int
    not_named: int
    part_read: int
    unread: int
    no_policy: int
    version_stated: int
    downloads: int | None
    share_named: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ExposedSdks:
    """How many SDKs are carried by any app."""

    sdks: int


@dataclass(frozen=True, slots=True)
class Carrier:
    """One app that carries the SDK, what its policy says of it, and the key of the report that shows both. `sdk_versions` are those
    that the package states, mostly none or one; `version` is the app's."""

    sdk: str
    sdk_versions: tuple[str, ...]
    told: Told
    package: str
    label: str
    version: str
    operator: str | None
    category: str | None
    store: str | None
    downloads: int | None
    report: str


def exposure(lake: "Lake", apps: Apps = ALL_APPS, page: Page = FIRST) -> Result[ExposedSdk, ExposedSdks]:
    """Every SDK, that of most apps first. Raises `UsageError`, and what `Lake.query` raises."""
    parameters = apps.parameters(lake)
    rows = [_exposed(row) for row in asked(lake, "exposure", parameters | {"sdk": None, "version": None})]
    return Result("exposure", parameters, lake.digest, ExposedSdks(len(rows)), ExposedSdk, page.of(rows), len(rows), page)


def carriers(
    lake: "Lake", sdk: str, apps: Apps = ALL_APPS, told: Told | None = None, page: Page = FIRST, version: str | None = None
) -> Result[Carrier, ExposedSdk]:
    """The apps that carry one SDK, by downloads; with `told` only those of whose policy that is true. With `version` both rows and summary
    tell only of apps whose package states this version of the SDK: one that states none may have it all the same. Raises `UsageError`,
    and what `Lake.query` raises."""
    if told is not None and told not in get_args(Told):
        raise UsageError("lake.ask.wrong_choice", value=str(told)[:80], allowed=", ".join(get_args(Told)))
    if version is not None and not SDK_VERSION.fullmatch(version):
        raise UsageError("lake.ask.no_version", version=version[:80])
    parameters = apps.parameters(lake) | {"sdk": named_sdk(sdk), "told": told, "version": version}
    counted = asked(lake, "exposure", parameters)
    summary = _exposed(counted[0]) if counted else _exposed((parameters["sdk"], *[0] * 8, None))
    rows = tuple(
        Carrier(name, tuple(versions), *more)
        for name, versions, *more in asked(lake, "carriers", parameters | {"limit": page.limit, "offset": page.offset})
    )
    total = getattr(summary, told) if told else summary.apps
    return Result("carriers", parameters, lake.digest, summary, Carrier, rows, total, page)


def named_sdk(sdk: str) -> str:
    """The name under which observations know an SDK, `sdk.umeng_analytics` also for `umeng_analytics`. Raises `UsageError` for what can
    be none."""
    found = _SDK.fullmatch(sdk)
    if not found:
        raise UsageError("lake.ask.no_sdk", sdk=sdk[:80])
    return f"sdk.{found[1]}"


def _exposed(row: tuple[Any, ...]) -> ExposedSdk:
    named, not_named = row[2], row[4]
    known = share(named, named + not_named)
    return ExposedSdk(*(*row, known.value, known.low, known.high))
