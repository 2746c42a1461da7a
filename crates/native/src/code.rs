//! Questions to the DEX code.

use std::sync::PoisonError;

use dex::{DexCount, DexSource, Find, Finds, JavaPackage, PackageShape, Packages, Query};
use flow::{Place, ReachQuery};
use serde::Serialize;

use crate::answer::{json, Row};
use crate::door::Failure;
use crate::package::Opened;
use crate::sources::{Payload, Sources};

#[derive(Debug, Serialize)]
struct Answer<'a> {
    finds: Vec<Find>,
    dex: Vec<DexCount>,
    payloads: &'a [Payload],
    strings: u64,
    finds_cut: bool,
    shapes: Vec<PackageShape>,
    shapes_cut: bool,
    anomalies: Vec<Row>,
    faults: Vec<Row>,
    complete: bool,
}

#[derive(Debug, Serialize)]
struct PackagesAnswer {
    packages: Vec<JavaPackage>,
    faults: Vec<Row>,
    complete: bool,
}

/// Answers `packages()`.
pub fn packages(opened: &Opened) -> Result<Vec<u8>, Failure> {
    let sources = opened.sources();
    let Packages {
        packages,
        faults,
        complete,
    } = dex::packages(&inputs(sources));
    json(&PackagesAnswer {
        packages,
        faults: with_sources(sources, faults),
        complete: complete && sources.complete(),
    })
}

/// Answers `find(query)`.
pub fn find(opened: &Opened, query: &[u8]) -> Result<Vec<u8>, Failure> {
    let query: Query = serde_json::from_slice(query).map_err(|error| Failure::bad_query(&error))?;
    let sources = opened.sources();
    let Finds {
        finds,
        dex,
        strings,
        finds_cut,
        shapes,
        shapes_cut,
        anomalies,
        faults,
        complete,
    } = dex::find(&inputs(sources), &query, &opened.limits.dex());
    let places = finds.iter().filter_map(|find| {
        Some(Place {
            method_id: find.method_id?,
            unit: find.offset.unwrap_or(0),
        })
    });
    let mut places: Vec<Place> = places.collect();
    places.sort_unstable();
    places.dedup();
    *opened.found.lock().unwrap_or_else(PoisonError::into_inner) = places;
    json(&Answer {
        finds,
        dex,
        payloads: &sources.payloads,
        strings,
        finds_cut,
        shapes,
        shapes_cut,
        anomalies: anomalies.into_iter().map(Row::from).collect(),
        faults: with_sources(sources, faults),
        complete: complete && sources.complete(),
    })
}

/// Answers `reach(query)` for the methods that the last `find` came upon.
pub fn reach(opened: &Opened, query: &[u8]) -> Result<Vec<u8>, Failure> {
    let query: ReachQuery = serde_json::from_slice(query).map_err(|error| Failure::bad_query(&error))?;
    let mut methods: Vec<u32> = found(opened).iter().map(|place| place.method_id).collect();
    methods.dedup();
    json(&flow::reach(&inputs(opened.sources()), &query, &methods))
}

/// The places that the last `find` came upon.
pub fn found(opened: &Opened) -> Vec<Place> {
    let found = opened.found.lock().unwrap_or_else(PoisonError::into_inner);
    found.clone()
}

/// What could not be read of the code, beginning with what was never inflated.
pub fn with_sources(sources: &Sources, faults: Vec<dex::Fault>) -> Vec<Row> {
    let unread = sources.faults.iter().cloned();
    unread.chain(faults.into_iter().map(Row::from)).collect()
}

/// The code as the analyses take it.
pub fn inputs(sources: &Sources) -> Vec<DexSource<'_>> {
    let dex = sources.dex.iter();
    dex.map(|dex| DexSource {
        path: dex.path.clone(),
        bytes: &dex.bytes,
        group: dex.group,
    })
    .collect()
}
