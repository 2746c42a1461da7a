"""A finding taken apart for its page: the tree of why in words, each fact with its evidence, and the moments of the run that decided."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

from mingjian.console.inspections import decisions
from mingjian.console.inspections.decisions import Key, Standing
from mingjian.console.inspections.models import Material
from mingjian.model.printable import printable, printable_lines
from mingjian.model.types import Artifact, Evidence, Finding, Observation, Report, Truth, Why
from mingjian.model.words import label_in_words, missing_in_words, observation_in_words
from mingjian.render import outline
from mingjian.render.timeline import Point, mark_in_words, strips

MOST_FACTS = 200
"""Facts of one page; a clause that was broken in more ways is read in the report."""
_MOST_MOMENTS = 300
_LONGEST_EXCERPT = 12_000
_PICTURES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: the file's name, the locator, the words or instructions there, and a picture of that screen if one was sent."""

    name: str
    locator: str
    excerpt: str
    picture: Material | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One observation in words, with its places and in how many more it was found."""

    words: str
    channel: str
    places: tuple[Place, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the tree of why, in words."""

    value: Truth
    words: str
    missing: tuple[str, ...]
    facts: tuple[str, ...]
    children: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class ShownHit:
    """One hit with its facts and what people decided of it."""

    fingerprint: str
    facts: tuple[Fact, ...]
    standing: Standing


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of the run on the page of a finding; `deciding` when the finding rests on it."""

    after: str
    phase: str
    what: str
    words: str
    locator: str
    deciding: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """Everything the page of one finding shows of the report."""

    hits: tuple[ShownHit, ...]
    more: int
    beside: tuple[Fact, ...]
    why: Node | None
    missing: tuple[str, ...]
    moments: tuple[Moment, ...]


class Explainer:
    """Takes the findings of one report apart, in one language. `materials` are the files of the inspection."""

    def __init__(self, report: Report, materials: list[Material], lang: str) -> None:
        self._report = report
        self._lang = lang
        self._names = outline.names(report)
        self._artifacts: dict[str, Artifact] = {artifact.sha256: artifact for artifact in report.subject.artifacts}
        self._pictures = _pictures(materials)
        self._observation = partial(observation_in_words, lang=lang, names=self._names)

    def explained(self, finding: Finding, standing: Mapping[Key, Standing]) -> Explained:
        """One finding, with what people decided."""
        hits = finding.hits[:MOST_FACTS]
        shown = tuple(
            ShownHit(
                hit.fingerprint,
                tuple(self._fact(self._report.observations[index]) for index in hit.observations[:MOST_FACTS]),
                decisions.decided(standing, finding.clause, hit.fingerprint),
            )
            for hit in hits
        )
        deciding = sorted(set(_indices(finding.why)) - {index for hit in finding.hits for index in hit.observations})
        observations = [self._report.observations[index] for hit in finding.hits for index in hit.observations]
        observations += [self._report.observations[index] for index in deciding]
        return Explained(
            hits=shown,
            more=len(finding.hits) - len(hits),
            beside=tuple(self._fact(self._report.observations[index]) for index in deciding[:MOST_FACTS]),
            why=self._node(finding.why) if finding.why else None,
            missing=tuple(missing_in_words(each, self._lang) for each in finding.missing),
            moments=tuple(self._moments({(e.artifact, e.locator) for item in observations for e in item.evidence})),
        )

    def _fact(self, item: Observation) -> Fact:
        shown, more = outline.places(item)
        return Fact(printable(self._observation(item)), item.channel, tuple(map(self._place, shown)), more)

    def _place(self, evidence: Evidence) -> Place:
        artifact = self._artifacts.get(evidence.artifact)
        name = printable(artifact.name) if artifact else evidence.artifact[:12]
        return Place(
            name,
            printable(evidence.locator),
            printable_lines(evidence.excerpt[:_LONGEST_EXCERPT]),
            self._pictures.get(evidence.artifact),
        )

    def _node(self, why: Why) -> Node:
        return Node(
            why.value,
            printable(label_in_words(why.label, self._lang, self._names)),
            tuple(missing_in_words(each, self._lang) for each in why.missing),
            tuple(printable(self._observation(self._report.observations[index])) for index in why.observations[:MOST_FACTS]),
            tuple(map(self._node, why.children)),
        )

    def _moments(self, deciding: set[tuple[str, str]]) -> Iterator[Moment]:
        """The moments that the finding rests on, among the marks of their run: the marks say what went before."""
        left = _MOST_MOMENTS
        for strip in strips(self._report):
            wanted = [(point, (point.moment.artifact, point.moment.locator) in deciding) for point in strip.points]
            if not any(decides for _, decides in wanted):
                continue
            for point, decides in wanted:
                if left and (decides or point.moment.what == "mark"):
                    left -= 1
                    moment = point.moment
                    yield Moment(point.after, moment.phase, moment.what, self._happened(point), printable(moment.locator), decides)

    def _happened(self, point: Point) -> str:
        if point.act is not None:
            return printable(self._observation(point.act))
        if point.moment.what == "mark":
            return mark_in_words(point.moment.name, self._lang)
        return printable(point.moment.name)


def _indices(why: Why | None) -> Iterator[int]:
    if why is not None:
        yield from why.observations
        for child in why.children:
            yield from _indices(child)


def _pictures(materials: list[Material]) -> dict[str, Material]:
    """The screenshot that belongs to each recorded screen, by the screen's digest: they were sent under names that differ in the ending."""
    runs = [material for material in materials if material.kind == Material.Kind.RUN]
    pictures = {PurePath(each.name).stem: each for each in runs if PurePath(each.name).suffix.lower() in _PICTURES}
    return {each.sha256: pictures[stem] for each in runs if (stem := PurePath(each.name).stem) in pictures and each != pictures[stem]}
