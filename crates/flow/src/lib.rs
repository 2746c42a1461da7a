//! Which code is reached from which entry point.
//!
//! Edges are exact targets only: what is not reached here is unknown, never unreachable.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod graph;
mod methods;
mod reach;
mod tasks;

pub use reach::{reach, Entry, Reach, ReachQuery, Reached};
