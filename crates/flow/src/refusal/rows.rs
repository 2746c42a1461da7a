//! The rows of the question, found by the methods that calls name.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::query::{Calls, RefusalQuery};
use crate::app::App;
use crate::ir::{ClassId, MethodId, Program};

/// What a call of a method is, by number of the row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Of {
    pub request: Option<usize>,
    pub registration: Option<usize>,
    pub reason: Option<usize>,
    pub end: Option<usize>,
    pub button: Option<usize>,
    pub open: bool,
    pub state: bool,
    pub same: bool,
    pub equal: bool,
}

/// The question, with what was learnt of methods.
pub(super) struct Rows<'q> {
    pub query: &'q RefusalQuery,
    known: RefCell<FxHashMap<MethodId, Of>>,
}

impl<'q> Rows<'q> {
    pub(super) fn new(query: &'q RefusalQuery) -> Self {
        Rows {
            query,
            known: RefCell::default(),
        }
    }

    /// What a call of a method is.
    pub(super) fn of(&self, app: &App<'_>, method: MethodId) -> Of {
        if let Some(known) = self.known.borrow().get(&method) {
            return *known;
        }
        let query = self.query;
        let name = app.method_name(method);
        let fits = |row: &Calls| {
            row.name == name.name
                && name.proto.starts_with(&row.proto)
                && is_below(app, name.class, &row.class)
        };
        let place = |rows: &[Calls]| rows.iter().position(&fits);
        let registered =
            |row: &super::Registered| row.name == name.name && is_below(app, name.class, &row.class);
        let of = Of {
            request: place(&query.requests),
            registration: query.registrations.iter().position(registered),
            reason: place(&query.reasons),
            end: place(&query.ends),
            button: place(&query.buttons),
            open: place(&query.opens).is_some(),
            state: place(&query.states).is_some(),
            same: place(&query.same).is_some(),
            equal: place(&query.equal).is_some(),
        };
        self.known.borrow_mut().insert(method, of);
        of
    }

    /// Whether a method is in code that is not looked into.
    pub(super) fn is_outside(&self, app: &App<'_>, method: MethodId) -> bool {
        let class = app.class_name(app.method_name(method).class);
        let mut outside = self.query.outside.iter();
        outside.any(|prefix| class.starts_with(prefix.as_str()))
    }
}

/// Whether a class is the named one or below it.
pub(super) fn is_below(app: &App<'_>, class: ClassId, name: &str) -> bool {
    let mut seen = vec![class];
    let mut next = 0;
    while let Some(class) = seen.get(next).copied() {
        if app.class_name(class) == name {
            return true;
        }
        for above in app.supers(class) {
            if !seen.contains(above) && seen.len() < MOST_ABOVE {
                seen.push(*above);
            }
        }
        next += 1;
    }
    false
}

/// Classes above one that are looked at.
const MOST_ABOVE: usize = 256;
