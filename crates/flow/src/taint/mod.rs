//! From sources to sinks: which tainted values go where.
//!
//! One run for each source site, as an IFDS problem (Reps, Horwitz and Sagiv 1995) with access paths for facts; other names of a
//! place in the heap are looked for backwards (Arzt et al. 2014).

mod calls;
mod constant;
mod fact;
mod forth;
mod meet;
mod names;
mod platform;
mod query;
mod run;
mod scope;
mod texts;
mod touch;
mod trace;
mod view;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use query::{Flow, FlowQuery, Flows, Party, Sink, Site, Source, Step, What, When};
pub(crate) use query::{AGGREGATE, DIGEST, TRUNCATE};
pub(crate) use view::written_by;

use crate::ir::Program;
use crate::models::{BadModel, Table};
use run::Run;
use scope::{Scope, Start};

/// Steps that a source site gets in any case, however many there are.
const LEAST: u64 = 2_000;

/// Steps of a run, and when it must be over.
type Ends = (u64, Option<Instant>);

#[derive(Default)]
struct Found {
    flows: Vec<Flow>,
    steps: u64,
    cut: bool,
}

/// All flows of the query. The answer depends on nothing but the program and the query, unless that has `seconds`.
///
/// # Errors
/// A model that cannot be read.
pub fn flows(program: &dyn Program, query: &FlowQuery) -> Result<Flows, BadModel> {
    let deadline = deadline(query);
    let table = Table::new(&query.models)?;
    let (scope, starts) = Scope::new(program, query, table);
    let share = query.budget / (starts.len() as u64).max(1);
    let limit = u64::from(query.source_budget).min(share.max(LEAST));
    let mut found = all(&scope, &starts, (limit, deadline), query.threads);
    // What some left over, those that were cut share.
    let left = query
        .budget
        .saturating_sub(found.iter().map(|one| one.steps).sum());
    let cut: Vec<usize> = (0..starts.len()).filter(|at| found[*at].cut).collect();
    let more = left / (cut.len() as u64).max(1);
    let more = more.min(u64::from(query.source_budget));
    if more > limit {
        let again: Vec<Start> = cut.iter().map(|at| starts[*at]).collect();
        let second = all(&scope, &again, (more, deadline), query.threads);
        for (at, one) in cut.into_iter().zip(second) {
            // The clock may have ended the second run before the first.
            if !one.cut || one.steps > found[at].steps {
                found[at] = one;
            }
        }
    }
    let mut answer = Flows {
        sources: starts.len() as u32,
        sinks: scope.sinks,
        complete: true,
        ..Flows::default()
    };
    for (start, one) in starts.iter().zip(found) {
        answer.flows.extend(one.flows);
        answer.steps += one.steps;
        if one.cut {
            answer.complete = false;
            answer.cut.push(scope.source_site(*start));
        }
    }
    Ok(answer)
}

/// Runs all source sites, on as many threads as asked for.
fn all(scope: &Scope<'_>, starts: &[Start], ends: Ends, threads: u32) -> Vec<Found> {
    let next = AtomicUsize::new(0);
    let found: Vec<Mutex<Found>> = starts.iter().map(|_| Mutex::default()).collect();
    let work = || loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let (Some(start), Some(slot)) = (starts.get(at), found.get(at)) else {
            return;
        };
        let one = follow(scope, *start, ends);
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = one;
    };
    if threads <= 1 {
        work();
    } else {
        std::thread::scope(|pool| {
            for _ in 0..threads.min(64) {
                pool.spawn(work);
            }
        });
    }
    let found = found.into_iter();
    found
        .map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect()
}

/// When the runs must be over; none where the query names no seconds, or more than the clock knows.
fn deadline(query: &FlowQuery) -> Option<Instant> {
    let seconds = Duration::try_from_secs_f64(query.seconds?.max(0.0)).ok()?;
    Instant::now().checked_add(seconds)
}

fn follow(scope: &Scope<'_>, start: Start, (limit, deadline): Ends) -> Found {
    let mut run = Run::new(scope, limit, deadline);
    let steps = run.follow(start);
    Found {
        flows: run.hits.iter().filter_map(|hit| run.flow(start, hit)).collect(),
        steps,
        cut: run.cut,
    }
}
