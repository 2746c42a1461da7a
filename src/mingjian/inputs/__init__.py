"""Files on disk become artifacts with readers; nothing is judged here."""

from pathlib import Path

from mingjian.inputs.files import ArtifactKind, artifact
from mingjian.inputs.package import open_package
from mingjian.inputs.policy import open_policy
from mingjian.inputs.review import open_review
from mingjian.model.types import Artifact
from mingjian.native import Limits, probe

__all__ = ["Limits", "open_package", "open_policy", "open_review", "probe", "receive"]


def receive(path: Path, kind: ArtifactKind) -> Artifact:
    """An input of a kind that nothing of this version reads: its digest is on record, its channel is not covered. Raises `InputError`."""
    return artifact(path, kind)
