"""From a reader to observations and coverage: one module per source of truth."""

from mingjian.extract import (
    bundle_code,
    bundle_manifest,
    bundle_sdk,
    code,
    flows,
    hybrid,
    layout,
    manifest,
    native,
    network,
    packer,
    policy,
    requests,
    review,
    runtime,
    sdk,
    ui,
    uses,
    versions,
)
from mingjian.extract.bundle_catalogue import bundle_questions
from mingjian.extract.catalogue import actor, digest
from mingjian.extract.context import Context, Extractor
from mingjian.extract.queries import questions

EXTRACTORS: tuple[Extractor, ...] = (
    *(manifest, code, uses, requests, flows, sdk, layout, packer),
    *(native, hybrid, bundle_manifest, bundle_code, bundle_sdk),
    *(policy, runtime, network, ui, review, versions),
)
"""In the order in which they run."""

__all__ = ["EXTRACTORS", "Context", "Extractor", "actor", "bundle_questions", "digest", "questions"]
