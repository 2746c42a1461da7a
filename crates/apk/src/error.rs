use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// Why a package, or a part of it, could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The bytes are no package of any format this crate reads.
    NotAPackage,
    /// The format is right, but the structure is damaged beyond what Android would accept.
    Unreadable,
    /// A limit of [`crate::Limits`] was reached.
    Limit,
    /// No entry of that name.
    NoEntry,
}

impl Code {
    /// The stable name used across the boundary to Python.
    pub fn name(self) -> &'static str {
        match self {
            Code::NotAPackage => "not_a_package",
            Code::Unreadable => "unreadable",
            Code::Limit => "limit",
            Code::NoEntry => "no_entry",
        }
    }
}

/// One failure: what kind, in words, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The kind of failure.
    pub code: Code,
    /// One English sentence without a full stop.
    pub message: String,
    /// A locator: an entry name, an offset, an element path; empty when it is the whole input.
    pub place: String,
}

impl Error {
    /// An error at a place.
    pub fn new(code: Code, message: impl Into<String>, place: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            place: place.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            write!(f, "{}", self.message)
        } else {
            write!(f, "{}: {}", self.place, self.message)
        }
    }
}

impl std::error::Error for Error {}

/// Something odd or lost that did not stop the reading: an anomaly when nothing was lost, a fault when something was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// A locator.
    #[serde(rename = "where")]
    pub place: String,
    /// A stable snake_case name, such as `local_header_mismatch`.
    pub code: &'static str,
    /// One English sentence without a full stop.
    pub what: String,
}

impl Fault {
    /// A fault at a place.
    pub fn new(place: impl Into<String>, code: &'static str, what: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            code,
            what: what.into(),
        }
    }
}

/// Faults or anomalies in the order they were met. A hostile file can repeat one trick in every entry, so each code keeps its
/// first [`FaultLog::KEPT`] places and a count of the others.
#[derive(Debug, Default)]
pub struct FaultLog {
    kept: Vec<Fault>,
    met: BTreeMap<&'static str, usize>,
}

impl FaultLog {
    /// Places kept for each code.
    pub const KEPT: usize = 32;

    /// Notes one fault.
    pub fn push(&mut self, place: impl Into<String>, code: &'static str, what: impl Into<String>) {
        self.note(code, || (place.into(), what.into()));
    }

    /// Notes one fault whose place and words cost something to put together, which is done only for those that are kept.
    pub fn note(&mut self, code: &'static str, row: impl FnOnce() -> (String, String)) {
        let met = self.met.entry(code).or_insert(0);
        *met = met.saturating_add(1);
        if *met <= Self::KEPT {
            let (place, what) = row();
            self.kept.push(Fault { place, code, what });
        }
    }

    /// The faults kept; a code met more often than that gets one more row, which says how often.
    pub fn finish(mut self) -> Vec<Fault> {
        for (code, met) in self.met {
            if met > Self::KEPT {
                let more = met.saturating_sub(Self::KEPT);
                self.kept
                    .push(Fault::new("", code, format!("{more} more of the same kind")));
            }
        }
        self.kept
    }
}
