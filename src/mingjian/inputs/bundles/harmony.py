"""A `.hap` or `.hsp` of HarmonyOS, or an `.app` that holds several: what the modules declare, which packages and libraries they carry,
and where their code is."""

from collections.abc import Callable, Iterator
from typing import Any

from mingjian.inputs.bundles import ark, json5, restable
from mingjian.inputs.bundles.archive import Archive, Budget, nested
from mingjian.inputs.bundles.asked import Asked
from mingjian.inputs.bundles.unreadable import UnreadableError

_MODULES = (".hap", ".hsp")
_CONFIGS = ("module.json", "module.json5", "config.json")
MARKS = frozenset(("module.json", "module.json5", "pack.info", "resources.index"))
"""Entries that speak for a package of this system."""
_MOST_MODULES = 64
_MOST_LIBRARIES = 2000
_MOST_CODE = 256 << 20
_MOST_ROWS = 1000
_LONGEST = 2000
_TABLE = 64 << 20

Tree = dict[str, Any]


def is_certain(archive: Archive) -> bool:
    """Whether it holds what packages of no other system hold: a module and its table, or a list of modules and one of them."""
    names = archive.entries
    return ("module.json" in names and ("pack.info" in names or "resources.index" in names)) or (
        "pack.info" in names and any(name.endswith(_MODULES) for name in names)
    )


def is_harmony(archive: Archive) -> bool:
    """Whether an archive is a module, or a set of modules."""
    names = archive.entries
    return any(name in names for name in _CONFIGS) or ("pack.info" in names and any(name.endswith(_MODULES) for name in names))


class _Module:
    """One module: `at` begins its locators and is empty for one that stands alone."""

    def __init__(self, archive: Archive, at: str) -> None:
        self.archive = archive
        self.at = at
        self.config = next((name for name in _CONFIGS if name in archive.entries), "")
        if not self.config:
            raise UnreadableError("no_module", at)
        tree = json5.tree(archive.read(self.config, json5.MOST_BYTES))
        self.app, self.module = _mapping(tree.get("app")), _mapping(tree.get("module"))
        if not self.module:
            raise UnreadableError("no_module", f"{at}{self.config}")
        self.strings: dict[int, str] = {}
        self.others = [name for name in _CONFIGS if name in archive.entries and name != self.config]


class App:
    """One app of one or several modules."""

    def __init__(self, archive: Archive, budget: Budget) -> None:
        self._faults: list[dict[str, str]] = []
        self._modules: list[_Module] = []
        self._about: Tree = {}
        self._strange(archive, "")
        inside = sorted(name for name in archive.entries if name.endswith(_MODULES))
        if any(name in archive.entries for name in _CONFIGS):
            self._modules.append(_Module(archive, ""))
            if inside:
                self._fault(UnreadableError("inside", str(len(inside))), inside[0])
        else:
            self._about = self._pack_info(archive)
            self._open(archive, inside, budget)
        if not self._modules:
            raise UnreadableError("no_module", inside[0] if inside else "")

    def declared(self) -> dict[str, Any]:
        """Everything but the code. Raises `UnreadableError` when nobody says whose app it is."""
        for module in self._modules:
            self._resolve(module)
            self._shaped(module)
        first = self._modules[0]
        package = _text(first.app.get("bundleName")) or _text(self._about.get("bundleName"))
        if not package:
            raise UnreadableError("no_identifier", first.config)
        # Modules of one app have one name; others do not belong here.
        for module in self._modules[1:]:
            if _text(module.app.get("bundleName")) != package:
                self._fault(UnreadableError("other_app", _text(module.app.get("bundleName"))), module.at)
        version = first.app.get("version")
        return {
            "platform": "harmony",
            "package": package,
            "version": _text(first.app.get("versionName"))
            or _text(_mapping(version).get("name"))
            or (str(code)[:60] if isinstance(code := first.app.get("versionCode"), int | str) else ""),
            "label": self._label(first),
            "permissions": [row for module in self._modules for row in _permissions(module)],
            "schemes": [],
            "queried": [text for module in self._modules for text in _texts(module.module.get("querySchemes"))],
            "info": f"{first.at}{first.config}",
            "privacy": [],
            "parts": [row for module in self._modules for row in self._parts(module)],
            "faults": self._faults[:100],
        }

    def code(self, asked: Asked, late: Callable[[], bool]) -> dict[str, Any]:
        """What each file of bytecode answers, until `late`."""
        self._faults = []
        binaries: list[dict[str, Any]] = []
        for module in self._modules:
            for name in sorted(name for name in module.archive.entries if name.endswith(".abc")):
                path = module.at + name
                if late():
                    self._fault(UnreadableError("late"), path)
                    return {"binaries": binaries, "faults": self._faults[:100]}
                try:
                    binaries.append(ark.read(path, module.archive.read(name, _MOST_CODE), asked))
                except UnreadableError as error:
                    self._fault(error, path)
        return {"binaries": binaries, "faults": self._faults[:100]}

    def _fault(self, error: UnreadableError, where: str) -> None:
        self._faults.append({"where": where[:300], "code": error.code, "detail": error.detail})

    def _shaped(self, module: _Module) -> None:
        """Lists that are none, or too long, must not pass for empty ones; nor may a second configuration for none."""
        where = f"{module.at}{module.config}"
        for other in module.others:
            self._fault(UnreadableError("two_configs", other), where)
        kinds = {"requestPermissions": dict, "reqPermissions": dict, "abilities": dict, "querySchemes": str}
        for name, kind in kinds.items():
            value = module.module.get(name)
            if value is not None and (not isinstance(value, list) or not all(isinstance(each, kind) for each in value)):
                self._fault(UnreadableError("shape", name), where)
            elif value is not None and len(value) > _MOST_ROWS:
                self._fault(UnreadableError("too_long", f"{name}: {len(value)}"), where)
        if any(not _text(row.get("name")) for row in _asked(module)):
            self._fault(UnreadableError("shape", "name"), where)
        if module.module.get("requestPermissions") and module.module.get("reqPermissions"):
            self._fault(UnreadableError("two_configs", "reqPermissions"), where)

    def _strange(self, archive: Archive, at: str) -> None:
        for name in archive.strange[:20]:
            self._fault(UnreadableError("strange_entry"), at + name)

    def _pack_info(self, archive: Archive) -> Tree:
        try:
            return _mapping(_mapping(json5.tree(archive.read("pack.info", json5.MOST_BYTES)).get("summary")).get("app"))
        except UnreadableError as error:
            self._fault(error, "pack.info")
            return {}

    def _open(self, archive: Archive, inside: list[str], budget: Budget) -> None:
        if len(inside) > _MOST_MODULES:
            self._fault(UnreadableError("too_many", str(len(inside))), inside[_MOST_MODULES])
        for name in inside[:_MOST_MODULES]:
            try:
                module = nested(archive.read(name), budget)
                self._strange(module, f"{name}!")
                self._modules.append(_Module(module, f"{name}!"))
            except UnreadableError as error:
                self._fault(error, name)

    def _resolve(self, module: _Module) -> None:
        """The texts that the module's configuration names by number."""
        wanted = {number for row in _asked(module) if (number := _number(row.get("reasonId")))}
        wanted |= {number for key in ("labelId",) if (number := _number(module.app.get(key)))}
        if wanted and "resources.index" in module.archive.entries:
            try:
                module.strings = restable.texts(module.archive.read("resources.index", _TABLE), wanted)
            except UnreadableError as error:
                self._fault(error, f"{module.at}resources.index")

    def _label(self, module: _Module) -> str:
        said = _text(module.app.get("label"))
        known = module.strings.get(_number(module.app.get("labelId")), "")
        return known or ("" if said.startswith("$") else said)

    def _parts(self, module: _Module) -> Iterator[dict[str, str]]:
        name = "pkgContextInfo.json"
        if name in module.archive.entries:
            try:
                for key, row in list(json5.tree(module.archive.read(name, json5.MOST_BYTES)).items())[:_MOST_ROWS]:
                    version = _text(_mapping(row).get("version"))[:60]
                    yield {"kind": "package", "name": key[:200], "path": f"{module.at}{name}", "version": version}
            except UnreadableError as error:
                self._fault(error, f"{module.at}{name}")
        for name in sorted(name for name in module.archive.entries if name.endswith(".so"))[:_MOST_LIBRARIES]:
            yield {"kind": "library", "name": name.rpartition("/")[2], "path": module.at + name, "version": ""}


def _asked(module: _Module) -> list[Tree]:
    rows = module.module.get("requestPermissions") or module.module.get("reqPermissions")
    return [row for row in rows[:_MOST_ROWS] if isinstance(row, dict)] if isinstance(rows, list) else []


def _permissions(module: _Module) -> Iterator[dict[str, Any]]:
    field = "requestPermissions" if module.module.get("requestPermissions") else "reqPermissions"
    for at, row in enumerate(_asked(module)):
        scene = _mapping(row.get("usedScene"))
        abilities = scene.get("abilities") or scene.get("ability")
        yield {
            "name": _text(row.get("name"))[:200],
            "reason": module.strings.get(_number(row.get("reasonId"))) or _text(row.get("reason")),
            "scene": " ".join(filter(None, [_text(scene.get("when"))[:40], *_texts(abilities)[:20]])),
            "of": _text(module.module.get("name"))[:200],
            "locator": f"json:{module.at}{module.config}!/module/{field}[{at}]",
        }
    abilities = module.module.get("abilities")
    for at, ability in enumerate(abilities[:_MOST_ROWS] if isinstance(abilities, list) else []):
        for mode in _texts(_mapping(ability).get("backgroundModes")):
            yield {
                **{"name": f"backgroundModes.{mode[:100]}", "reason": "", "scene": "", "of": _text(module.module.get("name"))[:200]},
                "locator": f"json:{module.at}{module.config}!/module/abilities[{at}]/backgroundModes",
            }


def _mapping(value: Any) -> Tree:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return [text for text in map(_text, value[:_MOST_ROWS]) if text] if isinstance(value, list) else []


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 32 else 0
