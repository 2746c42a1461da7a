from pathlib import Path

from rule_files import clause, signal, write_pack

from mingjian.judge import load
from mingjian.judge.pages import pages, write_pages

LOGIC = "violated_if:\n  signal: early\n"
EARLY = "seen: {mode: observed, channel: api, action: collect, data: device, phase: before_consent}"


def test_a_page_shows_law_words_logic_and_examples_in_each_language(tmp_path: Path) -> None:
    pack = load(write_pack(tmp_path, {"1.1-a": clause(LOGIC)}, {"early": signal("early", EARLY)}))
    found = pages(pack)
    assert set(found) == {f"{lang}/mini/{name}.md" for lang in ("zh", "en") for name in ("index", "1.1")}
    page = found["en/mini/1.1.md"]
    for part in (
        "# 1.1 Title",
        "Law: Mini, chapter 1, item 1.",
        "Message",
        "Remedy",
        "`api@before_consent`",
        "“Signal”",
        "collects device information · before consent · observed (API calls at run time)",
        "read before consent",
        "`observed collect device.android_id by sdk.umeng during before_consent via api`",
    ):
        assert part in page
    chinese = found["zh/mini/1.1.md"]
    for part in ("# 1.1 标题", "消息", "整改", "“信号”", "**1. 违反**"):
        assert part in chinese
    assert "[1.1](1.1.md)" in found["zh/mini/index.md"]


def test_pages_are_written_checked_and_cleared(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    both = load(write_pack(tmp_path / "a", {"1.1-a": clause(), "1.2-b": clause(number="1.2")}))
    assert len(write_pages(both, folder, check=True)) == 6
    assert not folder.exists()
    assert len(write_pages(both, folder)) == 6
    assert write_pages(both, folder, check=True) == ()
    one = load(write_pack(tmp_path / "b", {"1.1-a": clause()}))
    changed = ("en/mini/1.2.md", "en/mini/index.md", "zh/mini/1.2.md", "zh/mini/index.md")
    assert write_pages(one, folder, check=True) == changed
    assert (folder / "en/mini/1.2.md").exists()
    assert write_pages(one, folder) == changed
    assert not (folder / "en/mini/1.2.md").exists()
