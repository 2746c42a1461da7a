"""What is known of an app that could tell its official type, gathered for the reader of `nlp/app_types.py`."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice

from mingjian.extract.catalogue import sdks
from mingjian.extract.owner import sdk_of
from mingjian.inputs.bundles import BundleReader
from mingjian.model.document import Document
from mingjian.model.shipped import catalog
from mingjian.model.types import Moment, Observation, Proposal
from mingjian.native import PackageReader
from mingjian.native.answers import Manifest
from mingjian.nlp.app_types import Clues, propose

_ENTRANCE = 20_000
"""Characters of a policy among which it says what the product is."""
_MOST_SENTENCES = 12
_MOST_SCREENS = 60
_MOST_LABELS = 10
_SENTENCE = re.compile(r"[^\n。！？!?]{1,300}")


def proposal_of(
    reader: PackageReader | BundleReader,
    description: str,
    documents: Sequence[Document],
    observations: Sequence[Observation],
    timeline: Sequence[Moment],
) -> Proposal:
    """The type that the app's package, description, policy and recorded screens point to. Of a package of iOS or HarmonyOS the name and
    the SDKs are known, not what its classes are called."""
    manifest = None if isinstance(reader, BundleReader) else reader.manifest
    labels = [reader.declared.label] if isinstance(reader, BundleReader) else reader.manifest["label"].values()
    clues = Clues(
        labels=tuple(dict.fromkeys(islice(labels, _MOST_LABELS))),
        description=description,
        components=tuple(_own_classes(manifest)) if manifest else (),
        screens=tuple(dict.fromkeys(moment.name for moment in timeline if moment.what == "screen"))[:_MOST_SCREENS],
        policy="\n".join(islice(_of_itself(documents), _MOST_SENTENCES)),
        permissions=tuple(dict.fromkeys(_permissions(manifest))) if manifest else (),
        sdks=tuple(sorted(_kinds(observations))),
    )
    return propose(clues)


def _own_classes(manifest: Manifest) -> Iterator[str]:
    """Screens and services, without those of SDKs and of what every app is built with."""
    passing = tuple(catalog("app_type")["passing_owners"])
    for component in manifest["components"]:
        name = component["target"] or component["name"]
        if component["kind"] in ("activity", "alias", "service") and not name.startswith(passing) and sdk_of(name) is None:
            yield name


def _permissions(manifest: Manifest) -> Iterator[str]:
    """Those asked for, and those that a service must hold who binds it: they make a keyboard or an assistant of an app."""
    yield from (permission["name"] for permission in manifest["permissions"])
    yield from (
        component["permission"] for component in manifest["components"] if component["kind"] == "service" and component["permission"]
    )


def _of_itself(documents: Sequence[Document]) -> Iterator[str]:
    """The sentences in which a policy tells what the product is."""
    for document in documents:
        for found in _SENTENCE.finditer(document.text[:_ENTRANCE]):
            if _describes().search(found[0]):
                yield found[0].strip()


@cache
def _describes() -> re.Pattern[str]:
    return re.compile("|".join(catalog("app_type")["describes"]), re.IGNORECASE)


def _kinds(observations: Sequence[Observation]) -> set[str]:
    """What the SDKs in the package are for, as the catalogue calls it."""
    embedded = {item.actor for item in observations if item.action == "embed" and item.mode != "claimed"}
    return {kind for id, sdk in sdks().items() if f"sdk.{id}" in embedded for kind in sdk.kinds}
