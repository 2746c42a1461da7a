"""The catalogue of iOS and HarmonyOS as typed values, and the questions that it puts to their code."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from mingjian.inputs.bundles import BundleQuestions
from mingjian.inputs.bundles.values import Platform
from mingjian.model.shipped import catalog

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_]")
_LONGEST_NAME = 100
_CLASS = "_OBJC_CLASS_$_"


@dataclass(frozen=True, slots=True)
class BundleApi:
    """One way to personal information. It is found in a file that has one of `names` (imported functions, or texts that name a module),
    or one of `classes`, together with one of `texts` where there are any. Without `names` and `classes` a text is enough."""

    id: str
    data: str
    action: str
    imports: tuple[str, ...]
    classes: tuple[str, ...]
    modules: tuple[str, ...]
    texts: tuple[str, ...]
    certain: bool


@dataclass(frozen=True, slots=True)
class Names:
    """By which names SDKs are found: whole names, and patterns of URL schemes."""

    parts: dict[str, str]
    classes: dict[str, str]
    schemes: tuple[tuple[re.Pattern[str], str], ...]


@cache
def apis(platform: Platform) -> tuple[BundleApi, ...]:
    """Every row, in the order of the file."""
    return tuple(_api(id, row) for id, row in catalog(f"{platform}_api").items())


@cache
def sdk_names(platform: Platform) -> Names:
    """The names of all SDKs. A name of two SDKs is nobody's."""
    parts: dict[str, set[str]] = {}
    classes: dict[str, set[str]] = {}
    schemes = []
    for id, row in catalog(f"{platform}_sdks").items():
        for name in (*row.get("frameworks", ()), *row.get("packages", ())):
            parts.setdefault(name, set()).add(id)
        for name in row.get("classes", ()):
            classes.setdefault(name, set()).add(id)
        schemes += [(re.compile(pattern), id) for pattern in row.get("schemes", ())]
    return Names(_owned(parts), _owned(classes), tuple(schemes))


def sdk_of_part(platform: Platform, name: str) -> str | None:
    """The SDK that a framework, library or package belongs to by its name."""
    return sdk_names(platform).parts.get(name)


def permission_groups(platform: Platform, name: str) -> tuple[str, ...]:
    """The groups of a permission, usage description or background mode; none for a background mode that opens no data."""
    page = catalog(f"{platform}_permissions")
    head, _, mode = name.partition(".")
    if head in ("UIBackgroundModes", "backgroundModes"):
        return tuple(page["background"].get(mode, ()))
    known = page["usage" if platform == "ios" else "permissions"].get(name)
    if known:
        return tuple(known)
    return ("normal",) if platform == "harmony" and name.startswith("ohos.permission.") else ("custom",)


def permission_terms(platform: Platform, name: str) -> tuple[str, ...]:
    """The data terms `permission.<group>.<NAME>` of a permission."""
    last = name.rpartition("ohos.permission.")[2] if platform == "harmony" else name
    shown = _NOT_IN_NAMES.sub("_", last)[:_LONGEST_NAME] or "_"
    return tuple(f"permission.{group}.{shown}" for group in permission_groups(platform, name))


def queried_many(platform: Platform) -> int:
    """From how many schemes of other apps on a list shows which apps are installed."""
    return int(catalog(f"{platform}_permissions")["queried_many"])


def privacy() -> Any:
    """What the terms of privacy manifests are in ours."""
    return catalog("ios_privacy")


@cache
def bundle_questions() -> BundleQuestions:
    """All that is looked for in code, of both platforms: which one a file is, only its reader finds out."""
    rows = (*apis("ios"), *apis("harmony"))
    names = sdk_names("ios")
    return BundleQuestions(
        imports=tuple(sorted({each for row in rows for each in row.imports})),
        classes=tuple(sorted({*(each for row in rows for each in row.classes), *names.classes})),
        texts=tuple(sorted({each for row in rows for each in (*row.modules, *row.texts)})),
        prefixes=tuple(sorted(f"{name}/" for name in sdk_names("harmony").parts)),
    )


def class_symbol(name: str) -> str:
    """The symbol by which code of another file is told of a class."""
    return _CLASS + name


def _api(id: str, row: dict[str, Any]) -> BundleApi:
    imports, classes, modules, texts = (tuple(row.get(field, ())) for field in ("imports", "classes", "modules", "texts"))
    return BundleApi(id, row["data"], row.get("action", "collect"), imports, classes, modules, texts, row.get("certain", False))


def _owned(table: dict[str, set[str]]) -> dict[str, str]:
    return {name: next(iter(owners)) for name, owners in table.items() if len(owners) == 1}
