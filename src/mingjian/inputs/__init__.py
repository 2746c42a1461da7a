"""Files on disk become artifacts with readers; nothing is judged here."""

from mingjian.inputs.app import open_app
from mingjian.inputs.bundles import BundleReader
from mingjian.inputs.dossier import Dossier, is_dossier, open_dossier
from mingjian.inputs.package import open_package
from mingjian.inputs.policy import open_policy
from mingjian.inputs.previous import open_previous, refuse_stranger
from mingjian.inputs.recording import open_recording
from mingjian.inputs.review import open_review
from mingjian.native import Limits, probe

__all__ = [
    "BundleReader",
    "Dossier",
    "Limits",
    "is_dossier",
    "open_app",
    "open_dossier",
    "open_package",
    "open_policy",
    "open_previous",
    "open_recording",
    "open_review",
    "probe",
    "refuse_stranger",
]
