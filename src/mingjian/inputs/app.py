"""One app on disk, of whichever system: an Android package, or one of iOS or HarmonyOS."""

from collections.abc import Sequence
from pathlib import Path

from mingjian.errors import InputError
from mingjian.inputs.bundles import BundleQuestions, BundleReader, may_be_bundle, open_bundle
from mingjian.inputs.package import open_android
from mingjian.model.types import Artifact
from mingjian.native import Limits, PackageReader, Questions


def open_app(
    given: Sequence[Path], questions: Questions, bundle_questions: BundleQuestions, limits: Limits | None = None
) -> tuple[Artifact, PackageReader | BundleReader]:
    """The app in these files, with all answers about it: `questions` are for Android packages, `bundle_questions` for the others.

    A name decides nothing: what is called `.ipa` and holds an Android package is read as one. Raises `InputError`."""
    if len(given) == 1 and may_be_bundle(given[0]):
        opened = open_bundle(given, bundle_questions, limits)
        if opened is not None:
            return opened
    elif any(path.name.lower().endswith((".ipa", ".hap", ".hsp")) for path in given):
        raise InputError("input.one_bundle", path=given[0])
    return open_android(given, questions, limits)
