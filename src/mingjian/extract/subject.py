"""Who is inspected, and who else acts, as the package and the catalogue name them."""

from collections.abc import Iterable, Sequence

from mingjian.extract.catalogue import actor
from mingjian.extract.owner import Owners
from mingjian.extract.package import PackageFacts
from mingjian.extract.recorded import Known
from mingjian.extract.settings_screen import named_switches
from mingjian.inputs.bundles import BundleReader
from mingjian.model.types import Actor, Artifact, Observation, Signer, Subject, Truth
from mingjian.native import PackageReader

_CHINESE = ("zh-CN", "zh-Hans", "zh")
_TRUTHS: dict[bool | None, Truth] = {True: "yes", False: "no", None: "unknown"}


def subject_of(reader: PackageReader | BundleReader, artifact: Artifact) -> Subject:
    """The app as its package names it; operator, category and store are for others to say."""
    if isinstance(reader, BundleReader):
        said = reader.declared
        # Who signed is in parts that are not read.
        return Subject(artifact.sha256, said.platform, said.package, said.version, said.label, None, (artifact,))
    manifest = reader.manifest
    code = manifest["version_code"]
    return Subject(
        id=artifact.sha256,
        platform="android",
        package=manifest["package"],
        version=manifest["version_name"] or (str(code) if code is not None else ""),
        label=_label(manifest["label"]),
        signer=_signer(reader),
        artifacts=(artifact,),
    )


def known_of(
    reader: PackageReader | BundleReader, artifact: Artifact, operator_hosts: Sequence[str], observations: Iterable[Observation]
) -> Known:
    """What a recording is read with: whose code is whose in this package, by which digests it is known, and what is said of the app by the
    observations that were made before."""
    switches = named_switches(observations)
    if isinstance(reader, BundleReader):
        package = reader.declared.package
        return Known(Owners(package, ()), package, frozenset([artifact.sha256]), tuple(operator_hosts), switches=switches)
    facts = PackageFacts(reader)
    digests = frozenset([artifact.sha256, *(container["sha256"] for container in reader.identity["containers"])])
    return Known(facts.owners, facts.package, digests, tuple(operator_hosts), frozenset(facts.finds), switches)


def subject_without_package(artifact: Artifact) -> Subject:
    """The app of a policy that came without its package: nothing is known of it but the policy's name."""
    return Subject(artifact.sha256, "unknown", "", "", artifact.name, None, (artifact,))


def actors(observations: Sequence[Observation]) -> tuple[Actor, ...]:
    """What the catalogue knows of every third party that acts or receives, in order of id."""
    named = {party for item in observations for party in (item.actor, item.recipient) if party}
    return tuple(known for known in map(actor, sorted(named)) if known)


def _label(labels: dict[str, str]) -> str:
    """The Chinese name where there is one, else the default, else any."""
    for locale in (*_CHINESE, ""):
        if labels.get(locale):
            return labels[locale]
    return next(iter(labels.values()), "")


def _signer(reader: PackageReader) -> Signer | None:
    signing = reader.identity["signing"]
    for scheme in signing["schemes"]:
        if scheme["scheme"] == signing["effective"] and scheme["signers"]:
            certificate = scheme["signers"][0]
            return Signer(certificate["sha256"], certificate["subject"], scheme["scheme"], _TRUTHS[scheme["verified"]])
    return None
