"""Names of SDKs: which products of the catalogue a published name, its maker or a package prefix stands for."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from mingjian.model.shipped import read_yaml, rules_folder

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
    text = _folded(text)
    pattern, meanings = _words()
    found: list[Word] = []
    at = 0
    while match := pattern.search(text, at):
        at = match.end()
        start = match.start()
        glued = start > 0 and text[start - 1].isascii() and text[start - 1].isalnum() and text[start].isascii()
        if glued and not (found and found[-1].end == start):
            at = start + 1
            continue
        kind, values, plain = meanings[_key(match[0])]
        found.append(Word(start, match.end(), kind, values, plain))
    return found


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
    content: dict[str, Any] = read_yaml(rules_folder() / "catalog" / "parties.yml")
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


@cache
def _words() -> tuple[re.Pattern[str], dict[str, tuple[WordKind, tuple[str, ...], bool]]]:
    """One pattern for every known word, and what each means, by its letters."""
    meanings: dict[str, tuple[WordKind, tuple[str, ...], bool]] = {}
    texts: dict[str, str] = {}

    def add(text: str, kind: WordKind, values: tuple[str, ...] = (), plain: bool = False) -> None:
        folded = _folded(text)
        known = meanings.get(_key(folded))
        if known is None:
            meanings[_key(folded)] = kind, values, plain
            texts[_key(folded)] = folded
        elif known[0] == kind:
            # The form with more separators finds the others too.
            texts[_key(folded)] = max(texts[_key(folded)], folded, key=len)
            meanings[_key(folded)] = kind, tuple(dict.fromkeys((*known[1], *values))), known[2] or plain

    listed = vocabulary()
    apps = {_key(_folded(name)) for name in listed["apps"]}
    for product in catalogue().values():
        for alias in product.aliases:
            add(alias, "product", (product.id,), _key(_folded(alias)) in apps)
    for maker in listed["makers"]:
        ids = tuple(
            id for id, product in catalogue().items() if any(part in vendor for part in maker["vendors"] for vendor in product.vendors)
        )
        for name in maker["names"]:
            add(name, "maker", ids, maker.get("narrowed", False))
    for kind, names in listed["functions"].items():
        for name in names:
            add(name, "function", (kind,))
    for name in listed["technical"]:
        add(name, "technical")
    for name in listed["generic"]:
        add(name, "generic")
    return _pattern(texts.values()), meanings


def _pattern(texts: Iterable[str]) -> re.Pattern[str]:
    """The texts as one alternation, longest first within those that share a first letter, so that few are tried at each place."""
    by_letter: dict[str, list[str]] = {}
    for text in sorted(texts, key=lambda text: (-len(text), text)):
        by_letter.setdefault(text[0], []).append(text)
    groups = (f"{re.escape(letter)}(?:{'|'.join(_flexible(text) for text in group)})" for letter, group in sorted(by_letter.items()))
    return re.compile("|".join(groups))


def _flexible(text: str) -> str:
    """All but the first letter of a text as a pattern: separators may be there or not; a Latin word ends at a boundary or before "sdk"."""
    body = r"[\s+\-_·.&]{0,2}".join(re.escape(part) for part in _PARTS.findall(text)).removeprefix(re.escape(text[0]))
    return body + (r"(?:(?=sdk)|(?![a-z0-9]))" if text[-1].isascii() else "")


def _folded(text: str) -> str:
    """The text in lower case and half width, of the same length."""
    narrow = text.translate(_WIDTH)
    lower = narrow.lower()
    return lower if len(lower) == len(narrow) else "".join(each.lower() if len(each.lower()) == 1 else each for each in narrow)


def _key(folded: str) -> str:
    return "".join(_PARTS.findall(folded))


_PACKAGE = re.compile(r"(?:com|cn|org|io|net|im|me)(?:\.\w{1,40}){1,8}(?:\.\*)?")
_LONGEST_REST = 16
"""Letters of a name that may be unknown beside a product's own."""

_PARTS = re.compile(r"[a-z0-9]+(?:\+\+)?|[^\W\da-z_]+")
_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
