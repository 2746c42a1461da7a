"""Which fonts are taken, with real font files: those of the system, of a folder that is named, and of the package that carries some."""

from importlib.util import find_spec
from pathlib import Path

import pypdfium2
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from mingjian.console.printing import fonts
from mingjian.console.printing.blocks import Document, Heading, Paragraph
from mingjian.console.printing.fonts import MissingGlyphsError, typeface
from mingjian.console.printing.kinds import KINDS, shipped
from mingjian.console.printing.pdf import pdf
from mingjian.model.texts import say

NOWHERE = "\U00016a70"
"""A letter of the Tangsa script, which no usual font of a machine has."""


def make_font(folder: Path, characters: str, family: str) -> Path:
    """A font whose every character is a filled square."""
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for corner in ((100, 700), (800, 700), (800, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    names = {character: f"u{ord(character):X}" for character in characters}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap({ord(character): name for character, name in names.items()})
    builder.setupGlyf(dict.fromkeys([".notdef", *names.values()], square))
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *names.values()], (900, 100)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular", "psName": family.replace(" ", "")})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWeightClass=400)
    builder.setupPost()
    builder.save(folder / f"{family}.ttf")
    return folder


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine that has no font of its own."""
    real = fonts.typst.Fonts
    monkeypatch.setattr(
        fonts.typst,
        "Fonts",
        lambda include_system_fonts, include_embedded_fonts, font_paths: real(
            include_system_fonts=False, include_embedded_fonts=include_embedded_fonts, font_paths=font_paths
        ),
    )
    monkeypatch.setattr(fonts, "_installed", fonts._installed.__wrapped__)
    monkeypatch.delenv("MINGJIAN_FONTS", raising=False)
    return monkeypatch


def test_rare_characters_of_names_are_in_the_fonts_of_this_machine() -> None:
    assert typeface("龘镕堃𠮷").serif


def test_what_is_not_seen_needs_no_font() -> None:
    assert typeface("甲 \t\n\u3000\u200d\ufe0f乙") == typeface("甲乙")


def test_a_character_without_a_font_is_named_with_what_to_do() -> None:
    with pytest.raises(MissingGlyphsError) as caught:
        typeface(f"甲{NOWHERE}乙")
    assert caught.value.characters == (NOWHERE,)
    for lang in ("zh", "en"):
        told = say(caught.value.key, lang, **caught.value.values)
        assert "U+16A70" in told
        assert "fonts-noto-cjk" in told
        assert "\n" not in told


def test_many_characters_without_a_font_are_counted() -> None:
    lacking = "".join(map(chr, range(0xE000, 0xE000 + 5000)))
    with pytest.raises(MissingGlyphsError) as caught:
        typeface(lacking)
    assert len(caught.value.characters) == 5000
    told = say(caught.value.key, "en", **caught.value.values)
    assert "5000 in all" in told
    assert len(told) < 1000


def test_a_font_in_a_named_folder_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINGJIAN_FONTS", str(make_font(tmp_path, NOWHERE, "Mingjian Test")))
    assert "Mingjian Test" in typeface(NOWHERE).serif
    printed = pdf(Document("标题", "", "zh", (Paragraph(f"甲{NOWHERE}乙"), Heading(NOWHERE))))
    with pypdfium2.PdfDocument(printed) as file:
        assert file[0].get_textpage().get_text_range().count(NOWHERE) == 2


def test_a_damaged_font_has_nothing_and_breaks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = (make_font(tmp_path, NOWHERE, "Mingjian Torn") / "Mingjian Torn.ttf").read_bytes()
    at = whole.index(b"cmap")
    (tmp_path / "Mingjian Torn.ttf").write_bytes(whole[: at + 8] + b"\xff\xff\xff\xf0" + whole[at + 12 :])
    (tmp_path / "nonsense.ttf").write_bytes(b"\x00\x01\x00\x00" + b"\xff" * 64)
    monkeypatch.setenv("MINGJIAN_FONTS", str(tmp_path))
    with pytest.raises(MissingGlyphsError):
        typeface(NOWHERE)


def test_without_any_font_everything_is_missing(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(fonts, "_PACKAGE", "no_such_package")
    with pytest.raises(MissingGlyphsError) as caught:
        pdf(Document("标题", "", "zh", ()), spell_missing=True)
    assert {"标", "题"} <= set(caught.value.characters)


@pytest.mark.skipif(find_spec(fonts._PACKAGE) is None, reason="the package with fonts is not installed")
def test_a_machine_without_fonts_prints_with_those_of_the_package(bare: pytest.MonkeyPatch) -> None:
    for kind in KINDS:
        for lang in ("zh", "en"):
            assert typeface(shipped(kind, lang)).serif[0] == "Noto Serif SC"
    # All that GB 2312 has, some of the 8105 common characters beyond it, and rare ones of names.
    common = "".join(bytes((row, cell)).decode("gb2312", "ignore") for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    assert len(common) == 6763
    assert typeface(common + "龘镕堃䶮").sans[0] == "Noto Sans SC"
    printed = pdf(Document("龘镕堃", "", "zh", (Paragraph("镕堃龘"), Heading("堃"))))
    with pypdfium2.PdfDocument(printed) as file:
        assert "镕堃龘" in file[0].get_textpage().get_text_range()


def test_a_serif_comes_first_in_the_text_and_a_sans_in_headings() -> None:
    chosen = typeface("甲")
    assert chosen.serif[0] in fonts.SERIF
    assert chosen.sans[0] in fonts.SANS
    assert set(chosen.serif) == set(chosen.sans)
