"""Dates of a policy."""

import pytest

from mingjian.nlp.dates import dates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("生效日期：2024年1月1日", [("effective", "2024-01-01")]),
        ("更新日期：2024-01-15 生效日期：2024-02-01", [("updated", "2024-01-15"), ("effective", "2024-02-01")]),
        ("最近更新时间：2024.3.5", [("updated", "2024-03-05")]),
        ("发布日期：2023/12/31", [("published", "2023-12-31")]),
        ("本政策自２０２４年１月１日起生效。", [("effective", "2024-01-01")]),
        ("本政策于2023年11月20日更新。", [("updated", "2023-11-20")]),
        ("二〇二四年一月十二日起施行", [("effective", "2024-01-12")]),
        ("修订时间：二零二三年十二月二十五日", [("updated", "2023-12-25")]),
        ("版本更新日期：20240601", [("updated", "2024-06-01")]),
        ("更新日期：2024年5月", [("updated", "2024-05")]),
        ("本隐私政策自发布之日起生效。", [("effective", None)]),
        ("生效日期：2024年2月30日", [("effective", None)]),
        ("Last updated: January 5, 2024", [("updated", "2024-01-05")]),
        ("Effective date: 1 Feb 2024", [("effective", "2024-02-01")]),
        ("This policy takes effect on March 3rd, 2024.", [("effective", "2024-03-03")]),
        ("Date of this version: 10 March 2026", [("updated", "2026-03-10")]),
        ("In force from: 24 March 2026", [("effective", "2026-03-24")]),
        ("Last revised on 2024-07-09", [("updated", "2024-07-09")]),
        ("Published: Sept. 2, 2023", [("published", "2023-09-02")]),
        ("Posted on 21st of June 2022", [("published", "2022-06-21")]),
        ("Effective as of 12/31/2023.", [("effective", "2023-12-31")]),
        ("Effective as of 31/12/2023.", [("effective", "2023-12-31")]),
        # Dates of laws, of older versions, of events, and numbers that are no dates.
        ("《中华人民共和国个人信息保护法》自2021年11月1日起施行。", []),
        ("根据2021年11月1日起施行的《个人信息保护法》，我们更新了本政策。", []),
        ("历史版本：更新于2020年1月1日", []),
        ("活动时间为2024年1月1日至2024年1月7日", []),
        ("我们成立于2015年6月1日。", []),
        ("我们将在15日内答复。", []),
        ("App version 2024.1.15 build", []),
        ("Previous version: updated January 1, 2020", []),
        ("The offer ends on June 30, 2024.", []),
    ],
)
def test_dates(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert [(each.kind, each.date) for each in dates(text)] == expected


def test_offsets_are_those_of_the_date() -> None:
    text = "本政策更新日期：2024年1月1日。"
    (each,) = dates(text)
    assert text[each.start : each.end] == "2024年1月1日"
