"""An `.ipa`: what its property lists declare, which parts it has, and where its code is."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from mingjian.inputs.bundles import macho, plists
from mingjian.inputs.bundles.archive import Archive
from mingjian.inputs.bundles.asked import Asked
from mingjian.inputs.bundles.unreadable import UnreadableError

_APP = re.compile(r"(Payload/[^/]+\.app)/Info\.plist")
_PART = re.compile(r"(?:.*/)?([^/]+)\.(framework|appex|bundle|app)", re.DOTALL)
_PURPOSE = re.compile(r"NS\w*UsageDescription(?:Dictionary)?|NFCReaderUsageDescription|NSHealthRequiredReadAuthorizationTypeIdentifiers")
_PRIVACY = "PrivacyInfo.xcprivacy"
_MOST_PARTS = 2000
_MOST_BINARIES = 600
_LIST = 8 << 20
_CHINESE = ("zh-Hans", "zh-Hans-CN", "zh_CN", "zh", "zh-CN")
_MOST_SLICED = 256 << 20
"""Bytes of one file of code: its parser needs several times as much."""


class App:
    """One app, read from its archive. `declared` is what costs little; `code` the rest."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._faults: list[dict[str, str]] = []
        roots = sorted(found[1] for name in archive.entries if (found := _APP.fullmatch(name)))
        if not roots:
            raise UnreadableError("no_app")
        self._root = roots[0]
        if len(roots) > 1:
            self._fault(UnreadableError("several_apps", str(len(roots))), roots[1])
        self._main: dict[str, Any] = {}
        self._executables: dict[str, str] = {}

    def declared(self) -> dict[str, Any]:
        """Everything but the code. Raises `UnreadableError` when the app's own list cannot be read."""
        self._main = plists.tree(self._archive.read(f"{self._root}/Info.plist", _LIST))
        package = plists.text(self._main.get("CFBundleIdentifier"))
        if not package:
            raise UnreadableError("no_identifier", f"{self._root}/Info.plist")
        chinese = self._translations()
        parts = list(self._parts())
        lists = [(self._root, "", self._main), *self._extensions(parts)]
        permissions = [row for root, of, tree in lists for row in self._permissions(root, of, tree, chinese if root == self._root else {})]
        label = chinese.get("CFBundleDisplayName") or plists.text(self._main.get("CFBundleDisplayName") or self._main.get("CFBundleName"))
        own = [text for row in plists.rows(self._main.get("CFBundleURLTypes")) for text in plists.texts(row.get("CFBundleURLSchemes"))]
        return {
            "platform": "ios",
            "package": package,
            "version": plists.text(self._main.get("CFBundleShortVersionString") or self._main.get("CFBundleVersion")),
            "label": label,
            "permissions": permissions,
            "schemes": own,
            "queried": plists.texts(self._main.get("LSApplicationQueriesSchemes")),
            "info": f"{self._root}/Info.plist",
            "privacy": [each for name in sorted(self._archive.entries) for each in self._privacy(name)],
            "parts": parts,
            "faults": self._told(),
        }

    def code(self, asked: Asked, late: Callable[[], bool]) -> dict[str, Any]:
        """What each file of code answers, until `late`."""
        self._faults = []
        binaries: list[dict[str, Any]] = []
        for path in self._binaries():
            if late():
                self._fault(UnreadableError("late"), path)
                break
            try:
                content = self._archive.read(path, _MOST_SLICED)
                binaries.append(macho.read(path, content, asked))
            except UnreadableError as error:
                self._fault(error, path)
        return {"binaries": binaries, "faults": self._told()}

    def _shaped(self, tree: dict[Any, Any], where: str, **kinds: type[str | dict[Any, Any]]) -> bool:
        """Whether the lists by these names are lists of that kind, where there are any; a fault where not."""
        try:
            for name, kind in kinds.items():
                plists.refuse_unlike(tree.get(name), kind, name)
        except UnreadableError as error:
            self._fault(error, where)
            return False
        return True

    def _told(self) -> list[dict[str, str]]:
        return self._faults[:100]

    def _fault(self, error: UnreadableError, where: str) -> None:
        self._faults.append({"where": where[:300], "code": error.code, "detail": error.detail})

    def _translations(self) -> dict[str, str]:
        for language in _CHINESE:
            name = f"{self._root}/{language}.lproj/InfoPlist.strings"
            if name in self._archive.entries:
                try:
                    return plists.strings(self._archive.read(name, _LIST))
                except UnreadableError as error:
                    self._fault(error, name)
        return {}

    def _parts(self) -> Iterator[dict[str, str]]:
        """The bundles inside the app, by their folders, and libraries that are single files."""
        seen: set[str] = set()
        parts = 0
        for name in sorted(self._archive.entries):
            if not name.startswith(self._root + "/"):
                continue
            folder = name.rpartition("/")[0]
            while len(folder) > len(self._root) and folder not in seen:
                seen.add(folder)
                found = _PART.fullmatch(folder)
                if found and (parts := parts + 1) <= _MOST_PARTS:
                    yield {"kind": found[2], "name": found[1], "path": folder, "version": self._version(folder)}
                folder = folder.rpartition("/")[0]
            if name.endswith(".dylib"):
                yield {"kind": "dylib", "name": name.rpartition("/")[2].removesuffix(".dylib"), "path": name, "version": ""}
        if parts > _MOST_PARTS:
            self._fault(UnreadableError("too_many", str(parts)), self._root)
        for name in self._archive.strange[:20]:
            self._fault(UnreadableError("strange_entry"), name)

    def _version(self, folder: str) -> str:
        name = f"{folder}/Info.plist"
        if name not in self._archive.entries:
            return ""
        try:
            tree = plists.tree(self._archive.read(name, _LIST))
        except UnreadableError as error:
            self._fault(error, name)
            return ""
        self._executables[folder] = plists.text(tree.get("CFBundleExecutable"))
        return plists.text(tree.get("CFBundleShortVersionString"))[:60]

    def _extensions(self, parts: list[dict[str, str]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for part in parts:
            name = f"{part['path']}/Info.plist"
            if part["kind"] in ("appex", "app"):
                try:
                    yield part["path"], part["name"], plists.tree(self._archive.read(name, _LIST))
                except UnreadableError as error:
                    self._fault(error, name)

    def _permissions(self, root: str, of: str, tree: dict[str, Any], chinese: dict[str, str]) -> Iterator[dict[str, Any]]:
        path = f"{root}/Info.plist"
        asked = [key for key in tree if isinstance(key, str) and _PURPOSE.fullmatch(key)]
        if len(asked) > plists.MOST_ITEMS:
            self._fault(UnreadableError("too_long", str(len(asked))), path)
        for key in asked[: plists.MOST_ITEMS]:
            # A value may be a table of keys, as for places that are asked for by name.
            said = chinese.get(key) or plists.text(tree[key])
            yield {"name": key[:200], "reason": said, "scene": "", "of": of, "locator": f"plist:{path}!{key[:200]}"}
        self._shaped(tree, path, UIBackgroundModes=str, CFBundleURLTypes=dict, LSApplicationQueriesSchemes=str)
        for mode in plists.texts(tree.get("UIBackgroundModes")):
            yield {
                **{"name": f"UIBackgroundModes.{mode[:100]}", "reason": "", "scene": "", "of": of},
                "locator": f"plist:{path}!UIBackgroundModes",
            }

    def _privacy(self, name: str) -> Iterator[dict[str, Any]]:
        """The privacy manifest that this entry is."""
        folder, _, base = name.rpartition("/")
        if base != _PRIVACY or not name.startswith(self._root + "/"):
            return
        holder = next((part for part in reversed(folder.split("/")) if _PART.fullmatch(part)), "")
        found = _PART.fullmatch(holder)
        of = found[1] if found and found[2] != "app" else ""
        try:
            tree = plists.tree(self._archive.read(name, _LIST))
        except UnreadableError as error:
            self._fault(error, name)
            return
        tracking = tree.get("NSPrivacyTracking")
        if not isinstance(tracking, bool | None):
            self._fault(UnreadableError("shape", "NSPrivacyTracking"), name)
        lists: dict[str, type[str | dict[Any, Any]]] = {
            "NSPrivacyCollectedDataTypes": dict,
            "NSPrivacyAccessedAPITypes": dict,
            "NSPrivacyTrackingDomains": str,
        }
        if self._shaped(tree, name, **lists):
            for row in plists.rows(tree.get("NSPrivacyCollectedDataTypes")):
                if not self._shaped(row, name, NSPrivacyCollectedDataTypePurposes=str):
                    break
        yield {
            "path": name,
            "of": of,
            "kind": found[2] if found else "",
            "tracking": tracking if isinstance(tracking, bool) else None,
            "domains": plists.texts(tree.get("NSPrivacyTrackingDomains")),
            "collected": [
                {
                    "type": plists.text(row.get("NSPrivacyCollectedDataType")),
                    "purposes": plists.texts(row.get("NSPrivacyCollectedDataTypePurposes")),
                    "linked": row.get("NSPrivacyCollectedDataTypeLinked") is True,
                    "tracking": row.get("NSPrivacyCollectedDataTypeTracking") is True,
                }
                for row in plists.rows(tree.get("NSPrivacyCollectedDataTypes"))
            ],
            "accessed": [
                {
                    "type": plists.text(row.get("NSPrivacyAccessedAPIType")),
                    "reasons": plists.texts(row.get("NSPrivacyAccessedAPITypeReasons")),
                }
                for row in plists.rows(tree.get("NSPrivacyAccessedAPITypes"))
            ],
        }

    def _binaries(self) -> list[str]:
        """The files of code: the app's own first, then those of its parts."""
        main = plists.text(self._main.get("CFBundleExecutable")) or self._root.rpartition("/")[2].removesuffix(".app")
        paths = [f"{self._root}/{main}"]
        for name in sorted(self._archive.entries):
            folder, _, base = name.rpartition("/")
            if name.endswith(".dylib") and name.startswith(self._root + "/"):
                paths.append(name)
            elif found := _PART.fullmatch(folder):
                executable = self._executables.get(folder) or found[1]
                if found[2] in ("framework", "appex", "app") and base == executable and folder.startswith(self._root + "/"):
                    paths.append(name)
        # What a list names as code and nobody finds is asked for, so that it is told.
        paths += [f"{folder}/{named}" for folder, named in self._executables.items() if named and not folder.endswith(".bundle")]
        paths = list(dict.fromkeys(paths))
        if len(paths) > _MOST_BINARIES:
            self._fault(UnreadableError("too_many", str(len(paths))), paths[_MOST_BINARIES])
        return paths[:_MOST_BINARIES]
