//! Shapes that several answers share.

use std::borrow::Cow;

use apk::Fault;
use serde::Serialize;

use crate::door::Failure;

/// A fault or an anomaly as `docs/boundary.md` writes it.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    #[serde(rename = "where")]
    pub place: String,
    pub code: Cow<'static, str>,
    pub what: String,
}

impl From<Fault> for Row {
    fn from(fault: Fault) -> Self {
        Self {
            place: fault.place,
            code: fault.code.into(),
            what: fault.what,
        }
    }
}

impl From<dex::Fault> for Row {
    fn from(fault: dex::Fault) -> Self {
        Self {
            place: fault.place,
            code: fault.code.into(),
            what: fault.what,
        }
    }
}

/// The faults as rows, in the same order.
pub fn rows(faults: Vec<Fault>) -> Vec<Row> {
    faults.into_iter().map(Row::from).collect()
}

/// An answer as JSON bytes.
pub fn json(answer: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(answer).map_err(|error| Failure::internal(error.to_string(), ""))
}
