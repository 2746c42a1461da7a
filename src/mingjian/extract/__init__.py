"""From a reader to observations and coverage: one module per source of truth."""

from mingjian.extract import (
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
from mingjian.extract.catalogue import actor, digest
from mingjian.extract.context import Context, Extractor
from mingjian.extract.queries import questions

EXTRACTORS: tuple[Extractor, ...] = (
    *(manifest, code, uses, requests, flows, sdk, layout, packer),
    *(native, hybrid, policy, runtime, network, ui, review, versions),
)
"""In the order in which they run."""

__all__ = ["EXTRACTORS", "Context", "Extractor", "actor", "digest", "questions"]
