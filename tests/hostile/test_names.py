"""What others have named: it may not command a terminal, turn the direction of writing, or add to the form of the output."""

import json
import re

import pytest
from named_report import report_of

from mingjian.judge.compare import compare
from mingjian.model.codec import dump_report, load_report
from mingjian.render import FORMATS, changes, renderer
from mingjian.render.text import explain

NAMES = {
    "escape codes": "\x1b[2J\x1b]0;owned\x07\x9b31m",
    "line breaks": "a\r\nb\u2028c\x85d\x0b",
    "turned writing": "\u202egnp.exe\u2066x\u200b",
    "markup": "</script><img src=x onerror=alert(1)>[/][bold red]{{7*7}}{%",
    "formula": '=HYPERLINK("http://x")',
    "half a character": "\udcff\ud800",
    "ends of strings": "\"'`\\\x00",
}
_COMMANDS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_every_format_shows_it_harmlessly(name: str, format_name: str, lang: str) -> None:
    shown = renderer(format_name)(report_of(name), lang, True).decode()
    assert not _COMMANDS.search(shown)
    if format_name == "html":
        assert "<img src=x" not in shown
        assert shown.count("</script>") == 1


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_no_name_adds_a_line_to_the_text(name: str) -> None:
    def lines(shown: str) -> int:
        return renderer("text")(report_of(shown), "en", True).count(b"\n")

    assert lines(name) == lines("x" * len(name.encode("unicode_escape")))


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_reports_keep_the_name_as_it_is(name: str) -> None:
    report = report_of(name)
    assert load_report(dump_report(report)) == report
    assert json.loads(renderer("json")(report, "en", True))["subject"]["label"] == name


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_explanations_and_differences_are_harmless(name: str) -> None:
    report = report_of(name)
    for clause, finding in zip(report.clauses, report.findings, strict=True):
        assert not _COMMANDS.search(explain(report, clause, finding, "en"))
    found = compare(report, report_of("other"))
    assert not _COMMANDS.search(changes.render_text(found, "zh").decode())
    assert not _COMMANDS.search(changes.render_json(found).decode())
