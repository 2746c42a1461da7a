"""Names of SDKs: which products of the catalogue a published name, its maker or a package prefix stands for."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from mingjian.model.shipped import catalog, read_yaml, rules_folder

BRACKETS = re.compile(r"[(（【\[][^()（）【】\[\]]{0,80}(?:[(（][^()（）]{0,20}[)）][^()（）【】\[\]]{0,80})?[)）】\]]")
"""A remark in brackets."""

WordKind = Literal["product", "maker", "function", "technical", "generic"]


@dataclass(frozen=True, slots=True)
class Product:
    """What names are judged by: one SDK of the catalogue."""

    id: str
    aliases: tuple[str, ...]
    vendors: tuple[str, ...]
    kinds: frozenset[str]
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A known word of a name. `values` are the ids of SDKs that a product or a maker stands for, or the kinds that a word of function
    means. A `plain` product is also an app or an everyday word, a `plain` maker stands for nothing without a word of function."""

    start: int
    end: int
    kind: WordKind
    values: tuple[str, ...]
    plain: bool = False


def sdks(name: str, company: str = "", prefix: str = "") -> tuple[str, ...]:
    """Ids of the SDKs in the catalogue that a published name, its maker or a Java package stands for, in simplified characters: none when
    it is none of them, several when it could be each of several. Case, width, separators and generic words do not matter."""
    package = prefix or (name if _PACKAGE.fullmatch(name.strip()) else "")
    by_prefix = _of_prefix(package.strip().rstrip(".*"))
    by_name = _of_name(name)
    if by_prefix:
        return tuple(id for id in by_prefix if id in by_name) or by_prefix
    if len(by_name) > 1:
        owned = (tuple(id for id in by_name if id in ids) for ids in (_of_vendor(company), _of_maker(company)))
        return next(filter(None, owned), by_name)
    if not by_name and not company.strip():
        return _of_vendor(name)
    if by_name or unknown_part(name):
        return by_name
    return narrowed(_of_vendor(company), name, strict=True) or narrowed(_of_maker(company), name, strict=True)


def narrowed(ids: tuple[str, ...], text: str, *, strict: bool = False) -> tuple[str, ...]:
    """Those of `ids` whose kind most words of function in `text` mean. Where no word means any of them, all, or with `strict` none
    unless there is no word of function at all."""
    words = [word.values for word in words_of(text) if word.kind == "function"]
    products = catalogue()
    scores = {id: sum(bool(products[id].kinds.intersection(kinds)) for kinds in words) for id in ids}
    best = max(scores.values(), default=0)
    if best == 0:
        return () if strict and words else ids
    return tuple(id for id in ids if scores[id] == best)


def words_of(text: str) -> list[Word]:
    """The known words of a text that do not overlap, in order, each the longest at its place."""
    folded = _folded(text)
    places = [index for index, letter in enumerate(folded) if letter not in _JOINTS]
    tight = "".join(folded[index] for index in places)
    lengths, meanings = _words()
    found: list[Word] = []
    at = 0
    while at < len(tight):
        for length in (*lengths.get(tight[at : at + 2], ()), *lengths.get(tight[at], ())):
            meaning = meanings.get(tight[at : at + length]) if at + length <= len(tight) else None
            if meaning is not None and _stands(folded, places[at : at + length], meaning, found):
                found.append(Word(places[at], places[at + length - 1] + 1, meaning.kind, meaning.values, meaning.plain))
                at += length
                break
        else:
            at += 1
    return found


def _stands(folded: str, places: list[int], meaning: "_Meaning", found: list[Word]) -> bool:
    """Whether a word stands at these places by itself: apart only where it may be, no part of a longer Latin word but before "sdk"."""
    start, end = places[0], places[-1] + 1
    if end - start > len(places):
        gaps = ((index, places[index] - places[index - 1] - 1) for index in range(1, len(places)))
        if any(gap and (gap > _WIDEST_GAP or index not in meaning.joints) for index, gap in gaps):
            return False
    if _is_latin(folded[start]) and start > 0 and _is_latin(folded[start - 1]) and not (found and found[-1].end == start):
        return False
    return not (_is_latin(folded[end - 1]) and end < len(folded) and _is_latin(folded[end])) or folded.startswith("sdk", end)


def unknown_part(name: str) -> bool:
    """Whether a name holds letters that are neither a product, a maker, a function nor a generic word."""
    return bool(_rest(name, words_of(name)))


@cache
def catalogue() -> dict[str, Product]:
    """The SDKs by id, in the order of the files."""
    folder = rules_folder() / "catalog" / "sdks"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yml")), key=lambda file: file.name)
    return {id: _product(id, row) for file in files for id, row in read_yaml(file).items()}


@cache
def vocabulary() -> dict[str, Any]:
    """The content of `catalog/parties.yml`."""
    content: dict[str, Any] = catalog("parties")
    return content


def _product(id: str, row: Mapping[str, Any]) -> Product:
    name = row["name"]
    names = [name] if isinstance(name, str) else [name["zh"], name["en"]]
    aliases = tuple(dict.fromkeys((*row["aliases"], *(BRACKETS.sub("", each) for each in names))))
    return Product(id, aliases, tuple(row["vendors"]), frozenset(row["kinds"]), tuple(row["prefixes"]))


def _of_name(name: str) -> tuple[str, ...]:
    outside = BRACKETS.sub(" ", name)
    return _of_words(outside) or (_of_words(name) if outside != name else ())


def _of_words(name: str) -> tuple[str, ...]:
    words = words_of(name)
    rest = len(_rest(name, words))
    if rest > _LONGEST_REST:
        return ()
    whole = rest == 0
    products = [word for word in words if word.kind == "product" and (whole or not word.plain)]
    ids = [id for word in products for id in word.values]
    kinds = {kind for word in words if word.kind == "function" for kind in word.values}
    kinds.update(kind for id in ids for kind in catalogue()[id].kinds)
    if whole:
        makers = [word for word in words if word.kind == "maker"]
        ids += [id for word in makers if word.plain for id in word.values if catalogue()[id].kinds & kinds]
        if not ids:
            ids = [id for word in makers if not word.plain for id in word.values]
            return narrowed(tuple(dict.fromkeys(ids)), name, strict=True)
    return tuple(dict.fromkeys(ids))


def _of_vendor(company: str) -> tuple[str, ...]:
    return _by_vendor().get(_key(_folded(company)), ())


def _of_maker(company: str) -> tuple[str, ...]:
    makers = [word for word in words_of(company) if word.kind in ("maker", "product")]
    return tuple(dict.fromkeys(id for word in makers for id in word.values))


@cache
def _by_vendor() -> dict[str, tuple[str, ...]]:
    owned: dict[str, list[str]] = {}
    for id, product in catalogue().items():
        for vendor in product.vendors:
            owned.setdefault(_key(_folded(vendor)), []).append(id)
    return {vendor: tuple(ids) for vendor, ids in owned.items()}


def _of_prefix(prefix: str) -> tuple[str, ...]:
    if "." not in prefix:
        return ()
    lengths = {
        id: max((len(each) for each in product.prefixes if f"{prefix}.".startswith(f"{each}.")), default=0)
        for id, product in catalogue().items()
    }
    longest = max(lengths.values())
    if longest:
        return tuple(id for id, length in lengths.items() if length == longest)
    return tuple(id for id, product in catalogue().items() if any(each.startswith(f"{prefix}.") for each in product.prefixes))


def _rest(name: str, words: Iterable[Word]) -> str:
    """The letters of a name that no known word covers."""
    parts = []
    at = 0
    for word in words:
        parts.append(name[at : word.start])
        at = word.end
    parts.append(name[at:])
    return "".join(character for part in parts for character in part if character.isalpha())


@dataclass(slots=True)
class _Meaning:
    """What a known word is; `joints` are the numbers of letters after which separators may stand."""

    kind: WordKind
    values: tuple[str, ...]
    plain: bool
    joints: set[int]


@cache
def _words() -> tuple[dict[str, list[int]], dict[str, _Meaning]]:
    """What each known word means, without its separators, and the lengths of those that begin alike, the longest first."""
    meanings: dict[str, _Meaning] = {}

    def add(text: str, kind: WordKind, values: tuple[str, ...] = (), plain: bool = False) -> None:
        key, joints = _tight(text)
        known = meanings.setdefault(key, _Meaning(kind, values, plain, joints))
        if known.kind == kind:
            known.values = tuple(dict.fromkeys((*known.values, *values)))
            known.plain |= plain
            known.joints |= joints

    listed = vocabulary()
    apps = {_tight(name)[0] for name in listed["apps"]}
    for product in catalogue().values():
        for alias in product.aliases:
            add(alias, "product", (product.id,), _tight(alias)[0] in apps)
    for maker in listed["makers"]:
        owned = (
            id for id, product in catalogue().items() if any(part in vendor for part in maker["vendors"] for vendor in product.vendors)
        )
        ids = tuple(owned)
        for name in maker["names"]:
            add(name, "maker", ids, maker.get("narrowed", False))
    for kind, names in listed["functions"].items():
        for name in names:
            add(name, "function", (kind,))
    for name in listed["technical"]:
        add(name, "technical")
    for name in listed["generic"]:
        add(name, "generic")
    lengths: dict[str, set[int]] = {}
    for key in meanings:
        lengths.setdefault(key[:2], set()).add(len(key))
    return {start: sorted(each, reverse=True) for start, each in lengths.items()}, meanings


def _tight(text: str) -> tuple[str, set[int]]:
    """A word without its separators, and where they may stand: where they did, and between a Latin word and Han characters."""
    letters: list[str] = []
    joints: set[int] = set()
    apart = False
    for letter in _folded(text):
        if letter in _JOINTS:
            apart = True
            continue
        if letters and (apart or letter.isascii() != letters[-1].isascii()):
            joints.add(len(letters))
        letters.append(letter)
        apart = False
    return "".join(letters), joints


def _is_latin(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()


def _folded(text: str) -> str:
    """The text in lower case and half width, of the same length. Two plus signs are letters, as in "Ping++"; one is a separator."""
    narrow = text.translate(_WIDTH).replace("++", "\x01\x01")
    lower = narrow.lower()
    return lower if len(lower) == len(narrow) else "".join(each.lower() if len(each.lower()) == 1 else each for each in narrow)


def _key(folded: str) -> str:
    return "".join(_PARTS.findall(folded))


_PACKAGE = re.compile(r"(?:com|cn|org|io|net|im|me)(?:\.\w{1,40}){1,8}(?:\.\*)?")
_LONGEST_REST = 16
"""Letters of a name that may be unknown beside a product's own."""

_JOINTS = frozenset(" +-_·.&\t\n\r\u00a0\u2010\u2011")
_WIDEST_GAP = 2
_PARTS = re.compile(r"[a-z0-9]+|[^\W\da-z_]+")
_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
