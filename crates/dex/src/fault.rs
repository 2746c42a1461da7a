//! What went wrong, and where: a fault lost something, an anomaly lost nothing yet no ordinary tool writes it.

use serde::{Deserialize, Serialize};

/// One thing that could not be read (or, in a list of anomalies, one oddity that was read without loss).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// A locator such as `dex:classes.dex!La/B;->c()V+0x1a`.
    #[serde(rename = "where")]
    pub place: String,
    /// A short name of the kind, in snake case.
    pub code: String,
    /// One English sentence.
    pub what: String,
}

impl Fault {
    /// A fault at `place`.
    pub fn new(place: impl Into<String>, code: &str, what: impl Into<String>) -> Self {
        Fault {
            place: place.into(),
            code: code.into(),
            what: what.into(),
        }
    }
}

/// A list of faults that keeps the first thousand and counts the rest: a hostile file has as many as it likes.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    kept: Vec<Fault>,
    dropped: usize,
}

impl Faults {
    const MOST: usize = 1000;

    /// Adds a fault; it is built only if it is kept.
    pub fn push(&mut self, build: impl FnOnce() -> Fault) {
        if self.kept.len() < Self::MOST {
            self.kept.push(build());
        } else {
            self.dropped += 1;
        }
    }

    /// Whether nothing went wrong.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The faults kept, and one that says how many more there were.
    pub fn into_vec(mut self) -> Vec<Fault> {
        if self.dropped > 0 {
            let what = format!("{} more faults are not listed.", self.dropped);
            self.kept.push(Fault::new("dex:", "faults_cut", what));
        }
        self.kept
    }
}
