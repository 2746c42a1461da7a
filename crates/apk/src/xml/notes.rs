//! Faults whose words are only put together while they are still kept.

use std::collections::BTreeMap;

use crate::{Fault, FaultLog};

/// A [`FaultLog`] for places that cost something to name: a hostile file repeats one trick in a million elements.
#[derive(Debug, Default)]
pub(super) struct Notes {
    log: FaultLog,
    met: BTreeMap<&'static str, usize>,
}

impl Notes {
    pub fn push(&mut self, code: &'static str, row: impl FnOnce() -> (String, String)) {
        let met = self.met.entry(code).or_insert(0);
        *met += 1;
        let (place, what) = if *met <= FaultLog::KEPT {
            row()
        } else {
            Default::default()
        };
        self.log.push(place, code, what);
    }

    pub fn finish(self) -> Vec<Fault> {
        self.log.finish()
    }
}
