"""What a reviewer attests."""

from collections.abc import Sequence

from mingjian.extract.context import Context
from mingjian.inputs.review import Answer
from mingjian.model.types import Channel, Coverage, Evidence, Observation

name = "review"
reads = "review"
channels: tuple[Channel, ...] = ("review",)


def extract(reader: Sequence[Answer], context: Context) -> tuple[list[Observation], list[Coverage]]:
    """One `shown attest.<question> via review` per answer, negated for no."""
    observations = [
        Observation(
            mode="shown",
            channel="review",
            action=f"attest.{answer.question}",
            negated=not answer.yes,
            evidence=(Evidence(context.artifact, f"review:[{index}]", _words(answer)),),
            extractor=name,
        )
        for index, answer in enumerate(reader)
    ]
    return observations, [Coverage("review", name, "complete", artifact=context.artifact, count=len(reader))]


def _words(answer: Answer) -> str:
    note = f" — {answer.note}" if answer.note else ""
    return f"{answer.clause} {answer.question}: {'yes' if answer.yes else 'no'} ({answer.by}, {answer.at}){note}"
