"""Which fonts a text is set in. The typesetter drops a character that no font has without a word, so coverage is checked here first.

Fonts are those of the system, of the folders that `MINGJIAN_FONTS` names (separated as in `PATH`), and of the optional package
`pylopdf-fonts-zh-cn`, which carries Noto Serif SC and Noto Sans SC for machines without any Chinese font."""

import os
import struct
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import typst
from fontTools.ttLib import TTFont, TTLibError, newTable

from mingjian.errors import InputError
from mingjian.model.texts import in_both
from mingjian.model.types import Text

SERIF = (
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Source Han Serif CN",
    "Noto Serif SC",
    "Songti SC",
    "STSong",
    "SimSun",
    "NSimSun",
    "AR PL UMing CN",
)
SANS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans SC",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
)
"""Families that set Chinese well, best first."""

_PACKAGE = "pylopdf_fonts_zh_cn"
_MOST_NAMED = 12
_MOST_FAMILIES = 200
_INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")
_NEVER_PRINTED = ("Co", "Cn", "Cs")
"""Private and unassigned characters mean nothing to a reader, whatever a font draws for them, and no archive form of PDF admits them."""


class MissingGlyphsError(InputError):
    """Characters that no font of this machine has; `characters` are all of them, in the order of their numbers."""

    def __init__(self, characters: Sequence[str]) -> None:
        named = "  ".join(f"{character} (U+{ord(character):04X})" for character in characters[:_MOST_NAMED])
        shown: str | Text = named
        if len(characters) > _MOST_NAMED:
            shown = in_both("console.printing.more_characters", shown=named, n=len(characters))
        super().__init__("console.printing.missing_glyphs", characters=shown)
        self.characters = tuple(characters)


@dataclass(frozen=True, slots=True)
class Typeface:
    """Families for the text proper and for headings, first choice first; every character is in one of each. `folders` hold their files."""

    serif: tuple[str, ...]
    sans: tuple[str, ...]
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Face:
    path: str
    index: int
    weight: int


def typeface(text: str) -> Typeface:
    """Fonts that have every character of `text` between them. Raises `MissingGlyphsError`."""
    families = _installed(_folders())
    wanted = {character for character in text if unicodedata.category(character) not in _INVISIBLE and not _is_selector(character)}
    serif = next((name for name in SERIF if name in families), None)
    sans = next((name for name in SANS if name in families), None)
    chosen = [name for name in (serif, sans) if name]
    left = {character for character in wanted if unicodedata.category(character) in _NEVER_PRINTED}
    open_ = wanted - left
    for name in chosen:
        open_ -= _covered(open_, families[name])
    for name in _others(families, chosen):
        if not open_:
            break
        if had := _covered(open_, families[name]):
            chosen.append(name)
            open_ -= had
    if missing := left | open_:
        raise MissingGlyphsError(sorted(missing))
    return Typeface(
        tuple(chosen),
        tuple(sorted(chosen, key=lambda name: name != sans)),
        tuple(dict.fromkeys(str(Path(face.path).parent) for name in chosen for face in families[name])),
    )


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _others(families: dict[str, tuple[_Face, ...]], chosen: Sequence[str]) -> Iterator[str]:
    """The families that are asked for what the chosen ones lack: those that set Chinese, then whatever there is."""
    known = [name for name in (*SERIF, *SANS) if name in families]
    names = [name for name in dict.fromkeys((*known, *sorted(families))) if name not in chosen]
    return iter(names[:_MOST_FAMILIES])


def _folders() -> tuple[str, ...]:
    own = [folder for folder in os.environ.get("MINGJIAN_FONTS", "").split(os.pathsep) if folder]
    package = find_spec(_PACKAGE)
    return (*own, *(package.submodule_search_locations or () if package else ()))


@cache
def _installed(folders: tuple[str, ...]) -> dict[str, tuple[_Face, ...]]:
    """The upright faces of each family of the system and of `folders`."""
    families: dict[str, tuple[_Face, ...]] = {}
    for font in typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=list(folders)).fonts():
        if font.path and font.style.lower() == "normal":
            families[font.family] = (*families.get(font.family, ()), _Face(font.path, font.index, font.weight))
    return families


def _covered(characters: set[str], faces: tuple[_Face, ...]) -> set[str]:
    """Those of `characters` that a family has in regular and in bold; in whatever it comes when in neither."""
    usual = [face for face in faces if face.weight in (400, 700)]
    maps = [_bits(face) for face in usual or faces]
    return {character for character in characters if all(_has(bits, ord(character)) for bits in maps)}


def _has(bits: bytes, code: int) -> bool:
    return code >> 3 < len(bits) and bool(bits[code >> 3] >> (code & 7) & 1)


@cache
def _bits(face: _Face) -> bytes:
    """Which characters a face has, one bit for each: a hundred large fonts would fill the memory as sets."""
    try:
        with TTFont(face.path, fontNumber=face.index, lazy=True) as font:
            return _bits_of(font.reader["cmap"])
    except (TTLibError, OSError, struct.error, KeyError, AssertionError):
        # A damaged font has none.
        return b""


@cache
def _bits_of(table: bytes) -> bytes:
    """The same of a `cmap` table, which the faces of one collection often share."""
    cmap = newTable("cmap")
    cmap.decompile(table, _nameless())
    codes = cmap.getBestCmap() or {}
    bits = bytearray((max(codes, default=0) >> 3) + 1)
    for code in codes:
        bits[code >> 3] |= 1 << (code & 7)
    return bytes(bits)


@cache
def _nameless() -> TTFont:
    """A font of as many glyphs as there can be, without the names of any: reading those of a real one costs more than its `cmap`."""
    font = TTFont()
    font.setGlyphOrder([str(glyph) for glyph in range(1 << 16)])
    return font
