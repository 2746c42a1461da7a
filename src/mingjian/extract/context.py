"""What every extractor is given beside its reader, and how it words its reasons."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from mingjian.extract.package import PackageFacts
from mingjian.model.texts import in_both
from mingjian.model.types import Channel, Coverage, Observation, Text
from mingjian.native import PackageReader
from mingjian.nlp.endpoint import Endpoint

if TYPE_CHECKING:
    from mingjian.extract.recorded import Known
    from mingjian.extract.run import RunFacts

MOST_EVIDENCE = 20
"""How many places one observation shows; `sites` counts them all."""


@dataclass
class Context:
    """One artifact under extraction. The extractors of one artifact share one context, so that each question is asked once. `endpoint`
    is the language model that may be asked about a policy; `known` what is known of the app whose run is read; `run` what its one
    reading gained."""

    artifact: str
    endpoint: Endpoint | None = None
    known: "Known | None" = None
    run: "RunFacts | None" = None
    _facts: PackageFacts | None = field(default=None, repr=False)

    def facts(self, reader: PackageReader) -> PackageFacts:
        """The answers of the package's reader."""
        if self._facts is None:
            self._facts = PackageFacts(reader)
        return self._facts


class Extractor(Protocol):
    """A module with these names. `reads` is the kind of artifact; `channels` are those whose coverage it reports, so that a
    failure can be put to them."""

    name: str
    reads: str
    channels: tuple[Channel, ...]

    def extract(self, reader: Any, context: Context) -> tuple[list[Observation], list[Coverage]]:
        """Everything that this source of truth says. Raises only for faults of ours."""
        ...


def worded(key: str, **values: object) -> Text:
    """A text of `rules/texts/extract.yml` in both languages; a value that is a `Text` is put in its own language."""
    return in_both(f"extract.{key}", **values)


def together(*reasons: Text) -> Text:
    """Several reasons as one."""
    distinct = tuple(dict.fromkeys(reasons))
    return Text("；".join(reason.zh for reason in distinct), "; ".join(reason.en for reason in distinct))
