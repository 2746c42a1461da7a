"""The path to a finding and the table of data, owners and phases: what they show of a report, hostile names, and their bounds."""

import re
from dataclasses import replace
from html import unescape

from report_sample import DIGEST, HOSTILE, report

from mingjian.model.line import parse
from mingjian.model.terms import vocabulary
from mingjian.model.texts import keys
from mingjian.model.types import Coverage, Evidence, Observation, Report, Text
from mingjian.model.way import Frame, Guard, Passage, Place, Step, Way, lines_of_passage, lines_of_way
from mingjian.render import text
from mingjian.render.html import render
from mingjian.render.matrix import MOST_OWNERS, MOST_ROWS, Mark, matrix
from mingjian.render.way import drawn, unfollowed

GUARD = Guard("stored", "agreed", "Landroid/content/SharedPreferences;->getBoolean(Ljava/lang/String;Z)Z", Place("La/App;->onCreate()V", 2))
FRAMES = (Frame("app", Place("La/App;->onCreate()V", 3)), Frame("sdk.umeng_analytics", Place("Lcom/umeng/X;->init()V", 16)))
WAY = Way("app_start", False, "application", "La/App;", ("android.intent.action.BOOT_COMPLETED",), FRAMES, GUARD, 4)
PASSAGE = Passage(
    ("digest",),
    (
        Step("source", "app", Place("La/B;->c()V", 8), "Landroid/provider/Settings$Secure;->getString()V"),
        Step("sink", "unknown", Place("La/B;->d()V", 2), "Landroid/util/Log;->i()I"),
    ),
)
INSTRUCTION = "001a: invoke-virtual {v0}"


def with_excerpt(excerpt: str, line: str = "possible collect device.imei by app during app_start via code") -> Observation:
    return replace(parse(line), evidence=(Evidence(DIGEST, "dex:classes.dex!La/B;->c()V+0x8", excerpt),), extractor="code")


def with_observations(*observations: Observation) -> Report:
    return replace(report("Food"), observations=observations, findings=(), clauses=())


def page(*observations: Observation, lang: str = "en") -> str:
    return render(with_observations(*observations), lang, False).decode()


def plain(markup: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", re.sub(r'<span lang="zh">[^<]*</span>', "", markup)).split()))


def test_a_path_is_drawn_with_owners_phase_guard_and_instructions() -> None:
    shown = page(with_excerpt("\n".join([*lines_of_way(WAY), *lines_of_passage(PASSAGE), INSTRUCTION])))
    paths = [plain(each) for each in re.findall(r'<div class="path">.*?</ol>(?:\n<p class="guard">.*?</p>)?', shown, re.DOTALL)]
    way, flow = paths
    assert way.index("the app La/App;->onCreate()V +0x3") < way.index("4 calls left out") < way.index("Umeng Lcom/umeng/X;->init()V +0x10")
    assert "at app start, with no tap at all · perhaps" in way
    assert "application La/App;" in way
    assert "started by android.intent.action.BOOT_COMPLETED" in way
    assert 'the stored flag "agreed"' in way
    assert "hashed, which is not anonymous" in flow
    assert flow.index("Landroid/provider/Settings$Secure;->getString()V") < flow.index("Landroid/util/Log;->i()I")
    assert f"<pre>{INSTRUCTION}</pre>" in shown


def test_a_path_stands_in_both_languages() -> None:
    shown = page(with_excerpt("\n".join(lines_of_way(WAY))))
    assert '<span lang="zh">到达路径</span><span lang="en">How it is reached</span>' in shown
    assert '<span lang="zh">应用自身</span><span lang="en">the app</span>' in shown


def test_a_chain_without_units_is_drawn_and_says_on_whose_behalf() -> None:
    frames = (Frame("app", Place("La/App;->onCreate()V", None)), FRAMES[1])
    shown = plain(page(with_excerpt("\n".join(lines_of_way(replace(WAY, frames=frames, initiators=("app", "sdk.umeng_analytics")))))))
    assert "on behalf of the app Umeng" in shown
    assert "the app La/App;->onCreate()V 4 calls left out" in shown


def test_what_only_a_refusal_leads_to_is_drawn_below_its_own_heading() -> None:
    steps = (Step("ends", "app", Place("La/B;->no()V", 4), "Ljava/lang/System;->exit(I)V"),)
    shown = plain(page(with_excerpt("\n".join(lines_of_passage(Passage((), steps, kind="refused"))))))
    assert "What only a refusal leads to leads to the app Ljava/lang/System;->exit(I)V La/B;->no()V +0x4" in shown


def test_the_words_of_a_policy_are_no_path() -> None:
    excerpt = "\n".join(lines_of_way(WAY))
    assert drawn(parse("claimed collect device.imei by app"), Evidence(DIGEST, "text:1", excerpt)).text == excerpt


def test_hostile_names_in_a_path_are_escaped() -> None:
    hostile = replace(WAY, component=HOSTILE, frames=(Frame("app", Place(HOSTILE, 3)),), guard=replace(GUARD, key=HOSTILE, reads=HOSTILE))
    shown = page(with_excerpt("\n".join([*lines_of_way(hostile), HOSTILE])))
    assert "<script>alert" not in shown
    assert shown.count("alert(&#39;1&#39;)") >= 5
    assert ">49" not in shown
    unseen = replace(WAY, frames=(Frame("app", Place("La\u202e;->b()V", 3)),))
    assert "\u202e" not in page(with_excerpt("\n".join(lines_of_way(unseen))))


def test_the_table_sorts_data_owners_and_phases() -> None:
    found = matrix(
        with_observations(
            replace(parse("possible collect device.imei by unknown during ui via code"), sites=2),
            replace(parse("possible collect device.imei by app during app_start via code"), sites=3),
            replace(parse("possible perhaps collect device.imei by app during ui via flow"), sites=4),
            parse("observed collect device.imei by app during before_consent via api count 7"),
            parse("possible collect contacts by sdk.jpush during ui via code"),
            parse("claimed collect device.imei by app"),
            parse("declared declare permission.contacts.READ_CONTACTS by app"),
            parse("possible ask permission.contacts.READ_CONTACTS by app via code"),
        )
    )
    assert found.owners == ("app", "sdk.jpush", "unknown")
    cells = {row.data: row.cells for row in found.rows}
    assert set(cells) == {"device.imei", "contacts"}
    app, sdk, unknown = cells["device.imei"]
    assert app.marks == (
        Mark("possible", "app_start", 3, True),
        Mark("possible", "ui", 4, False),
        Mark("observed", "before_consent", 7, True),
    )
    assert (app.facts, sdk.marks, unknown.marks) == ((1, 2, 3), (), (Mark("possible", "ui", 2, True),))
    assert found.phases == ("before_consent", "app_start", "ui")


def test_every_mark_links_to_its_facts() -> None:
    shown = page(parse("possible collect device.imei by app during app_start via code"), parse("possible collect contacts by app via code"))
    links = re.findall(r'href="#(fact-\d+)"', shown)
    assert sorted(links) == ["fact-0", "fact-1"]
    assert all(shown.count(f'id="{link}"') == 1 for link in links)


def test_the_table_is_bounded_and_says_what_it_leaves_out() -> None:
    owners = [parse(f"possible collect device.imei by sdk.made{number} via code") for number in range(MOST_OWNERS + 5)]
    data = [parse(f"possible collect device.made{number} by app via code") for number in range(MOST_ROWS + 9)]
    found = matrix(with_observations(*owners, *data))
    assert (len(found.owners), found.further_owners) == (MOST_OWNERS, 6)
    assert (len(found.rows), found.further_rows) == (MOST_ROWS, 10)
    assert "6 more owners and 10 more kinds of data" in page(*owners, *data)
    many = matrix(with_observations(*([owners[0]] * 40)))
    assert (len(many.rows[0].cells[0].facts), many.rows[0].cells[0].more) == (12, 28)


def test_a_report_without_data_has_no_table() -> None:
    assert 'id="matrix"' not in page(parse("declared tick.preset by app via layout"))


def test_every_phase_has_a_short_form() -> None:
    assert {f"report.matrix.phase.{phase}" for phase in vocabulary("phases")} <= keys()


def test_what_could_not_be_followed_stands_before_the_verdicts() -> None:
    rows = (
        Coverage("code", "code", "complete", count=2),
        Coverage("flow", "flows", "partial", reason=Text("反射调用7处", "7 reflective calls"), count=5),
        Coverage("policy", "inputs", "absent", reason=Text("未提供", "not supplied")),
    )
    told = replace(report("Food"), coverage=rows)
    assert unfollowed(told) == [rows[1]]
    shown = render(told, "zh", False).decode()
    section = shown[shown.index('id="unfollowed"') :]
    assert section.index("反射调用7处") < section.index("逐条结论")
    assert 'id="unfollowed"' not in render(replace(told, coverage=rows[:1]), "zh", False).decode()


def test_details_in_a_terminal_show_the_way_and_the_table() -> None:
    base = report("Food")
    told = tuple(replace(each, evidence=with_excerpt("\n".join(lines_of_way(WAY))).evidence) for each in base.observations)
    shown = text.render(replace(base, observations=told), "en", True).decode()
    assert "the app La/App;->onCreate()V → … → Umeng Lcom/umeng/X;->init()V" in " ".join(shown.split())
    assert "Android ID · Umeng: possible start 3" in " ".join(shown.split())
    assert "start 3" not in text.render(replace(base, observations=told), "en", False).decode()
