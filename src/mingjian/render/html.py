"""The report as one self-contained HTML file in both languages: no outside request, readable when printed.

Every text stands in the page twice, marked with its language, and the style sheet shows one of them; evidence stands once. A policy in
the page forbids every request, and the one script (opening what is folded before printing) is allowed by its digest alone.
"""

import base64
import hashlib
from collections.abc import Callable
from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from mingjian.model.citations import place_in_words
from mingjian.model.losses import moment_in_words
from mingjian.model.printable import printable_lines
from mingjian.model.terms import named
from mingjian.model.texts import in_both
from mingjian.model.types import Report, Text
from mingjian.model.words import label_in_words, missing_in_words, observation_in_words, term_in_words
from mingjian.render.beside import acts, spoken, tally
from mingjian.render.exercise import sites_of, unexercised
from mingjian.render.matrix import matrix
from mingjian.render.necessity import HOWS, functions_in_words, need_in_words, type_in_words
from mingjian.render.outline import MARKS, capped, counts, informs, names, number, numbered, places, reason, rows, several, source_name
from mingjian.render.proposal import proposal
from mingjian.render.repeats import Repeats
from mingjian.render.several import PackRows, by_pack, conducts
from mingjian.render.timeline import LANES, frequencies, mark_in_words, strips
from mingjian.render.way import abbreviated, drawn, guard_in_words, kind_in_words, phase_in_words, unfollowed, via_in_words


def render(report: Report, lang: str, detail: bool) -> bytes:  # noqa: ARG001  the page folds its details away by itself
    """The page as UTF-8, shown in `lang` until its reader chooses."""
    folder = resources.files("mingjian") / "render"
    style = (folder / "report.css").read_text(encoding="utf-8")
    script = (folder / "report.js").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_readable)
    page = environment.from_string((folder / "report.html.j2").read_text(encoding="utf-8"))
    known = names(report)
    return page.render(
        report=report,
        lang="zh" if lang == "zh" else "en",
        counts=counts(report),
        capped=capped(report),
        cites=lambda clause: _both(_in_both(lambda code: place_in_words(clause.cites, code))),
        sentences=spoken(report),
        acts=acts(report),
        agreements=tally(report),
        strips=strips(report),
        lanes=LANES,
        frequencies=frequencies(report),
        exercise=unexercised(report),
        sites=lambda item: sites_of(item, report),
        marks=MARKS,
        matrix=matrix(report),
        hows=HOWS,
        type_notes=_lines(report),
        need=lambda row: _both(_in_both(lambda code: need_in_words(row, report, code))),
        functions=lambda row: _both(_in_both(lambda code: functions_in_words(row, report, code))),
        unfollowed=unfollowed(report),
        drawn=drawn,
        party=lambda actor: _both(_in_both(lambda code: term_in_words("by", actor, code, known))),
        data=lambda term: _both(_in_both(lambda code: term_in_words("data", term, code))),
        phase=lambda term: _both(_in_both(lambda code: phase_in_words(term, code))),
        abbreviated=lambda term: _both(_in_both(lambda code: abbreviated(term, code))),
        kind=lambda name: _both(_in_both(lambda code: kind_in_words(name, code))),
        guard=lambda each: _both(_in_both(lambda code: guard_in_words(each, code))),
        via=lambda done: _both(_in_both(lambda code: via_in_words(done, code))),
        style=Markup(style),  # noqa: S704  our own file
        script=Markup(script),  # noqa: S704  our own file
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        bare=number,
        number=lambda clause: numbered(report, clause),
        several=several(report),
        informs=informs(report),
        parts=by_pack(report) if several(report) else (PackRows(None, tuple(rows(report)), counts(report)),),
        conducts=conducts(report) if several(report) else (),
        law=lambda cited: _both(_in_both(cited.law)),
        t=_both,
        say=lambda key, **values: _both(in_both(key, **values)),
        title=in_both,
        term=lambda vocabulary, term: _both(_in_both(lambda code: named(vocabulary, term, code))),
        observation=cache(lambda item: _both(_in_both(lambda code: observation_in_words(item, code, known)))),
        label=cache(lambda item: _both(_in_both(lambda code: label_in_words(item, code, known)))),
        missing=lambda item: _both(_in_both(lambda code: missing_in_words(item, code))),
        source=lambda item: _both(_in_both(lambda code: source_name(item, code))),
        reason=lambda finding: _both(_in_both(lambda code: reason(report, finding, code))),
        mark=lambda name: _both(_in_both(lambda code: mark_in_words(name, code))),
        lost=lambda name: _both(moment_in_words(name)),
        shown=places,
        proposal=proposal(report.subject),
        repeats=Repeats(),
    ).encode()


def _lines(report: Report) -> list[Markup]:
    """What stands over the table of necessity."""
    return [_both(Text(zh, en)) for zh, en in zip(type_in_words(report, "zh"), type_in_words(report, "en"), strict=True)]


def _in_both(of: Callable[[str], str]) -> Text:
    return Text(of("zh"), of("en"))


def _both(text: Text) -> Markup:
    if text.zh == text.en:
        return Markup("{}").format(_readable(text.zh))
    return Markup('<span lang="zh">{}</span><span lang="en">{}</span>').format(_readable(text.zh), _readable(text.en))


def _readable(value: object) -> object:
    """What the page prints for a value: text of others without characters that nobody sees; markup and numbers as they are."""
    return printable_lines(value) if isinstance(value, str) and not isinstance(value, Markup) else value
