//! Questions to what the code does: where values go, and who gets to a place, when, and behind which guard.

use std::time::Instant;

use dex::Fault;
use flow::ir::Program;
use flow::query::{AppQuery, Kind};
use flow::refusal::RefusalQuery;
use flow::taint::{FlowQuery, Flows};
use flow::{App, Asked, Guard, Link, Phase, Spots};
use serde::{Deserialize, Serialize};

use crate::answer::{json, Row};
use crate::code::{found, inputs, with_sources};
use crate::door::Failure;
use crate::package::Opened;
use crate::refusals::RefusalsAnswer;

/// What is told of the app, and what is asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowsQuery {
    app: AppQuery,
    flows: FlowQuery,
    /// Whether to tell ways to what the last `find` came upon and to both ends of every flow.
    #[serde(default)]
    ways: bool,
    /// Methods to tell ways to, as text.
    #[serde(default)]
    methods: Vec<String>,
    #[serde(default)]
    refusals: Option<RefusalQuery>,
}

#[derive(Debug, Serialize)]
struct FlowsAnswer {
    #[serde(flatten)]
    flows: Flows,
    ways: Vec<Way>,
    further_ways: u32,
    /// Methods that an entry point reaches.
    methods: usize,
    spots: Spots,
    #[serde(flatten)]
    refusals: RefusalsAnswer,
    faults: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Way {
    method_id: Option<u32>,
    method: String,
    unit: u32,
    phase: Phase,
    component: String,
    kind: Kind,
    triggers: Vec<String>,
    certain: bool,
    chain: Vec<Link>,
    guard: Option<Guard>,
}

/// Answers `flows(query)`.
pub fn flows(opened: &Opened, query: &[u8]) -> Result<Vec<u8>, Failure> {
    let begun = Instant::now();
    let mut query: FlowsQuery = serde_json::from_slice(query).map_err(|error| Failure::bad_query(&error))?;
    query.app.platform.known.extend(known(&query));
    let sources = opened.sources();
    let inputs = inputs(sources);
    let app = App::new(&inputs, &query.app);
    // What the calls took is gone from what the caller has.
    if let Some(seconds) = &mut query.flows.seconds {
        *seconds -= begun.elapsed().as_secs_f64();
    }
    let mut faults = app.faults().to_vec();
    let mut flows = flow::taint::flows(&app, &query.flows)
        .map_err(|error| Failure::internal(error.to_string(), "models"))?;
    let (ways, further_ways) = ways(&app, opened, &query, &flows, &mut faults);
    let faults = with_sources(sources, faults);
    flows.complete &= faults.is_empty();
    json(&FlowsAnswer {
        flows,
        ways,
        further_ways,
        methods: app.reached().len(),
        spots: app.spots(),
        refusals: RefusalsAnswer::of(&app, query.refusals.as_ref()),
        faults,
    })
}

/// The methods of the platform that are asked for: calls that inherit them, and those by reflection, mean them.
fn known(query: &FlowsQuery) -> Vec<String> {
    let sources = query
        .flows
        .sources
        .iter()
        .map(|row| (&row.class, &row.name, &row.proto));
    let sinks = query
        .flows
        .sinks
        .iter()
        .map(|row| (&row.class, &row.name, &row.proto));
    let rows = sources
        .chain(sinks)
        .map(|(class, name, proto)| format!("{class}->{name}{proto}"));
    rows.chain(query.methods.iter().cloned()).collect()
}

fn ways(
    app: &App<'_>,
    opened: &Opened,
    query: &FlowsQuery,
    flows: &Flows,
    faults: &mut Vec<Fault>,
) -> (Vec<Way>, u32) {
    let mut asked = Asked::new(app);
    let mut all = asked.methods(&query.methods);
    if query.ways {
        for flow in &flows.flows {
            asked.site(&flow.source);
            asked.site(&flow.sink);
        }
        for place in found(opened) {
            asked.place(place);
        }
    }
    if asked.spots().is_empty() {
        return (Vec::new(), 0);
    }
    let told = flow::ways_to(app, &asked);
    all &= told.complete;
    if !all {
        faults.push(Fault::new(
            "ways:",
            "ways_cut",
            "The search for ways ended at its limits.",
        ));
    }
    let rows = told.ways.into_iter().filter_map(|way| {
        let spot = asked.spots().get(way.place as usize)?;
        Some(Way {
            method_id: app.find_number(spot.method),
            method: app.method_text(spot.method),
            unit: spot.unit,
            phase: way.phase,
            component: way.component,
            kind: way.kind,
            triggers: way.triggers,
            certain: way.certain,
            chain: way.chain,
            guard: way.guard,
        })
    });
    (rows.collect(), told.further)
}
