//! What the code of a package does: which code is reached from which entry point, and where values go.
//!
//! `reach` follows exact targets only: what is not reached there is unknown, never unreachable.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod app;
mod asked;
mod draft;
mod first;
mod graph;
mod guard;
mod heard;
pub mod ir;
mod life;
mod listen;
mod lower;
pub mod models;
mod once;
mod operation;
mod phase;
mod program;
pub mod query;
mod reach;
pub mod refusal;
mod rows;
mod sets;
mod spots;
mod steps;
pub mod taint;
mod texts;
mod types;

pub use app::App;
pub use asked::{ways, Asked, Spot};
pub use guard::{Flag, Guard};
pub use phase::{ways_to, Link, Phase, Place, Way, Ways};
pub use reach::{reach, Entry, Reach, ReachQuery, Reached};
pub use spots::Spots;
