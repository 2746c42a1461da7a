//! What the refusal of permissions leads to, as part of the answer about flows.

use flow::refusal::{refusals, Refusal, RefusalQuery};
use flow::App;
use serde::Serialize;

/// The fields that are there when refusals were asked about.
#[derive(Debug, Default, Serialize)]
pub struct RefusalsAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    refusals: Option<Vec<Refusal>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusals_complete: Option<bool>,
}

impl RefusalsAnswer {
    /// Says of each request for permission what its refusal leads to.
    pub fn of(app: &App<'_>, query: Option<&RefusalQuery>) -> Self {
        let Some(query) = query else {
            return Self::default();
        };
        let (rows, complete) = refusals(app, query);
        Self {
            refusals: Some(rows),
            refusals_complete: Some(complete),
        }
    }
}
