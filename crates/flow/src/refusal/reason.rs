//! What stands before a request to explain it.

use rustc_hash::FxHashSet;

use super::query::Reason;
use super::rows::Rows;
use crate::app::App;
use crate::ir::{At, Body, MethodId, Program, Stmt};

/// Callers that are looked at, nearest first.
const MOST_CALLERS: usize = 64;

/// What explains a request: the nearest call on a way to it, or the button of a dialog in which it stands.
pub(super) fn before(app: &App<'_>, rows: &Rows<'_>, method: MethodId, at: At) -> Option<Reason> {
    let mut queue = vec![(method, at)];
    let mut seen: FxHashSet<MethodId> = FxHashSet::default();
    seen.insert(method);
    let mut next = 0;
    while let Some((method, at)) = queue.get(next).copied() {
        next += 1;
        if let Some(found) = here(app, rows, method, at).or_else(|| button(app, rows, method)) {
            return Some(found);
        }
        for (caller, at) in app.callers(method) {
            // What the platform runs before is another matter.
            if !app.declares(*caller) || queue.len() >= MOST_CALLERS {
                continue;
            }
            if seen.insert(*caller) {
                queue.push((*caller, *at));
            }
        }
    }
    None
}

/// The last call in a method that explains and from which a place is reached.
fn here(app: &App<'_>, rows: &Rows<'_>, method: MethodId, at: At) -> Option<Reason> {
    let body = app.body(method)?;
    let leads = leading(body, at);
    let mut all = body.stmts.iter().enumerate().rev();
    all.find_map(|(place, stmt)| {
        let Stmt::Call(call) = stmt else {
            return None;
        };
        let row = rows.of(app, call.method).reason?;
        if place == at as usize || !leads.get(place).copied().unwrap_or(false) {
            return None;
        }
        let (method, unit) = app.locator(method, place as At);
        Some(Reason {
            id: rows.query.reasons.get(row)?.id.clone(),
            what: app.method_text(call.method),
            method,
            unit,
        })
    })
}

/// A method as what the button of a dialog runs.
fn button(app: &App<'_>, rows: &Rows<'_>, method: MethodId) -> Option<Reason> {
    let name = app.method_name(method);
    let text = format!("{}{}", name.name, name.proto);
    let row = rows.query.buttons.iter().find(|row| row.runs == text)?;
    Some(Reason {
        id: row.id.clone(),
        what: app.method_text(method),
        method: app.method_text(method),
        unit: 0,
    })
}

/// The statements from which a place is reached.
fn leading(body: &Body, at: At) -> Vec<bool> {
    let mut before: Vec<Vec<At>> = vec![Vec::new(); body.stmts.len()];
    for (from, next) in body.next.iter().enumerate() {
        for to in next {
            if let Some(slot) = before.get_mut(*to as usize) {
                slot.push(from as At);
            }
        }
    }
    let mut leads = vec![false; body.stmts.len()];
    let mut pending = vec![at];
    while let Some(at) = pending.pop() {
        for from in before.get(at as usize).into_iter().flatten() {
            if let Some(slot) = leads.get_mut(*from as usize).filter(|slot| !**slot) {
                *slot = true;
                pending.push(*from);
            }
        }
    }
    leads
}
