"""Apps that seem to come from one hand: of one signer, operator or policy, or made from one template. What counts as evidence, and which
bounds keep it from joining strangers, stands in `rules/lake/questions.yml`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from mingjian.errors import UsageError
from mingjian.lake.questions.asked import ALL_APPS, FIRST, Apps, Page, Result, asked, definitions, streamed
from mingjian.lake.questions.joining import Groups

if TYPE_CHECKING:
    from mingjian.lake.ask import Lake

Kind = Literal["signer", "operator", "policy", "template"]
Reason = Literal["public", "nobody", "apps", "operators", "members"]
"""Why a key joins nothing: anybody has the private key; the name is nobody's; too many apps share it; too many operators do; the apps
joined would be too many."""

_WIDE = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "\u3000"
_NARROW = "".join(chr(code) for code in range(0x21, 0x7F)) + " "


@dataclass(frozen=True, slots=True)
class Key:
    """What `apps` apps share: a certificate's or a policy's digest, a name, or a stem and the digest of SDKs and permissions."""

    kind: Kind
    key: str
    apps: int

    def __str__(self) -> str:
        return f"{self.kind}: {self.key} ({self.apps})"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Apps that keys join, in one or in several steps. `cluster` is made of who they are, so the same apps have the same name in every
    half-year; `operators` are how many names of operators they have; `downloads` adds up those that are known; `violating_apps`
    are those that violate any clause. `evidence` are the first of all `keys`, the strongest first."""

    cluster: str
    apps: int
    operators: int
    downloads: int | None
    violating_apps: int
    keys: int
    evidence: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Clusters:
    """How many clusters there are, how many apps they have in all, and how many shared keys were not believed."""

    clusters: int
    apps: int
    ignored: int


@dataclass(frozen=True, slots=True)
class Member:
    """One app of a cluster, by its `app`, which no other app of its package name shares, and the keys of the cluster that it has; `report`
    is the key of the report that shows them."""

    app: str
    package: str
    label: str
    version: str
    operator: str | None
    signer: str | None
    category: str | None
    store: str | None
    downloads: int | None
    violations: int
    evidence: tuple[Key, ...]
    report: str


@dataclass(frozen=True, slots=True)
class IgnoredKey:
    """A key that apps share and that joins none of them, with the number of apps and of names of operators, and why."""

    kind: Kind
    key: str
    apps: int
    operators: int
    reason: Reason


@dataclass(slots=True)
class _Joined:
    """`groups` by the name of the cluster: its apps and its keys; `having`: the keys of each app."""

    groups: dict[str, tuple[list[str], list[Key]]] = field(default_factory=dict)
    having: dict[str, list[Key]] = field(default_factory=dict)
    ignored: list[IgnoredKey] = field(default_factory=list)

    @property
    def summary(self) -> Clusters:
        return Clusters(len(self.groups), sum(len(apps) for apps, _ in self.groups.values()), len(self.ignored))


def clusters(lake: "Lake", apps: Apps = ALL_APPS, page: Page = FIRST) -> Result[Cluster, Clusters]:
    """The clusters, that of most apps first. Raises `UsageError`, and what `Lake.stream` raises."""
    parameters = apps.parameters(lake)
    joined = _joined(lake, parameters)
    names = sorted(joined.groups, key=lambda name: (-len(joined.groups[name][0]), name))
    rows = tuple(_told(lake, parameters, page.of(names), joined))
    return Result("clusters", parameters, lake.digest, joined.summary, Cluster, rows, len(names), page)


def members(lake: "Lake", cluster: str, apps: Apps = ALL_APPS, page: Page = FIRST) -> Result[Member, Cluster]:
    """The apps of one cluster, by package. Raises `UsageError` for a cluster that is none of these apps', and what `Lake.stream` raises."""
    parameters = apps.parameters(lake)
    joined = _joined(lake, parameters)
    if cluster not in joined.groups:
        raise UsageError("lake.ask.no_cluster", cluster=cluster[:80])
    all_of_it = joined.groups[cluster][0]
    told = asked(lake, "members", parameters | {"apps": all_of_it})
    rows = tuple(Member(*(*row[:10], tuple(joined.having[row[0]]), row[10])) for row in page.of(told))
    (summary,) = _told(lake, parameters, [cluster], joined)
    return Result("members", parameters | {"cluster": cluster}, lake.digest, summary, Member, rows, len(all_of_it), page)


def ignored_keys(lake: "Lake", apps: Apps = ALL_APPS, page: Page = FIRST) -> Result[IgnoredKey, Clusters]:
    """The keys that apps share and that were not believed, that of most apps first. Raises `UsageError`, and what `Lake.stream` raises."""
    parameters = apps.parameters(lake)
    joined = _joined(lake, parameters)
    rows = sorted(joined.ignored, key=lambda each: (-each.apps, each.kind, each.key))
    return Result("ignored_keys", parameters, lake.digest, joined.summary, IgnoredKey, page.of(rows), len(rows), page)


def _joined(lake: "Lake", parameters: Mapping[str, Any]) -> _Joined:
    bounds = definitions()["clusters"]
    groups = Groups(bounds["most_members"])
    joined = _Joined()
    believed: list[tuple[Key, list[str]]] = []
    for (kind, key, count, operators, reason), apps in _shared(lake, parameters, bounds):
        if reason is None and groups.join(apps):
            believed.append((Key(kind, key, count), apps))
        else:
            joined.ignored.append(IgnoredKey(kind, key, count, operators, reason or "members"))
    by_root: dict[str, list[Key]] = {}
    for believed_key, apps in believed:
        by_root.setdefault(groups.of(apps[0]), []).append(believed_key)
        for app in apps:
            joined.having.setdefault(app, []).append(believed_key)
    for root, apps in groups.members().items():
        joined.groups[sha256("\n".join(apps).encode()).hexdigest()[:16]] = (apps, by_root[root])
    return joined


def _shared(lake: "Lake", parameters: Mapping[str, Any], bounds: Mapping[str, Any]) -> "list[tuple[tuple[Any, ...], list[str]]]":
    """Every key that more than one app has, the strongest and then the rarest first, with its apps where it may join them. Raises
    `UsageError` for more than can be held."""
    kinds = bounds["kinds"]
    given = {
        "least_features": bounds["least_features"],
        "certificates": list(bounds["certificates"]),
        "nobody": bounds["nobody"],
        "wide": _WIDE,
        "narrow": _NARROW,
        "kinds": list(kinds),
        "mosts": [kind["most"] for kind in kinds.values()],
        "most_operators": [kind["operators"] for kind in kinds.values()],
        "order": list(range(len(kinds))),
    }
    found: list[tuple[tuple[Any, ...], list[str]]] = []
    for number, (_, *shared, app) in enumerate(streamed(lake, "keys", {**parameters, **given})):
        if number == bounds["most_shared"]:
            raise UsageError("lake.ask.too_many_keys", most=bounds["most_shared"])
        if not found or found[-1][0] != tuple(shared):
            found.append((tuple(shared), []))
        if app is not None:
            found[-1][1].append(app)
    return found


def _told(lake: "Lake", parameters: Mapping[str, Any], names: Sequence[str], joined: _Joined) -> list[Cluster]:
    """What is told of these clusters, in one question for all."""
    cluster_of = {app: name for name in names for app in joined.groups[name][0]}
    apps: dict[str, list[tuple[Any, ...]]] = {name: [] for name in names}
    for row in streamed(lake, "members", {**parameters, "apps": list(cluster_of)}) if cluster_of else ():
        apps[cluster_of[row[0]]].append((row[4], row[8], row[9]))
    return [_cluster(name, joined.groups[name][1], rows) for name, rows in apps.items()]


def _cluster(name: str, keys: Sequence[Key], rows: Sequence[tuple[Any, ...]]) -> Cluster:
    downloads = [known for _, known, _ in rows if known is not None and known >= 0]
    return Cluster(
        name,
        len(rows),
        len({operator for operator, _, _ in rows if operator}),
        sum(downloads) if downloads else None,
        sum(1 for *_, violated in rows if violated),
        len(keys),
        tuple(keys[: definitions()["clusters"]["most_evidence"]]),
    )
