//! Which constant a local holds at a statement, found by walking back within the method.

use rustc_hash::FxHashSet;

use super::fact::Known;
use super::scope::Scope;
use super::view::{written_by, View};
use crate::ir::{At, ClassId, Constant, Local, Stmt};
use crate::models::Origin;

/// States one question may visit.
const MOST: usize = 2000;
/// Calls that may hand a value on, one to the next.
const MOST_HANDED: usize = 6;

/// The value that the local has before the statement, when it has the same one on every way there.
pub(crate) fn known_before(scope: &Scope<'_>, view: &View<'_>, at: At, local: Local) -> Option<Known> {
    let mut seen: FxHashSet<(At, Local)> = FxHashSet::default();
    let mut line = vec![(at, local)];
    let mut found = None;
    while let Some((at, local)) = line.pop() {
        if !seen.insert((at, local)) {
            continue;
        }
        if seen.len() > MOST || at == view.entry {
            return None;
        }
        for &before in view.before(at) {
            let stmt = view.stmt(before);
            if written_by(stmt) != Some(local) {
                line.push((before, local));
                continue;
            }
            let value = match stmt {
                Stmt::Move { from, .. } => {
                    line.push((before, *from));
                    continue;
                }
                Stmt::Const { value, .. } => Known::Constant(*value),
                Stmt::LoadStatic { field, .. } => match scope.program.field_constant(*field) {
                    Some(value) => Known::Constant(value),
                    None => Known::Field(*field),
                },
                Stmt::Call(call) => {
                    let effects = scope
                        .callee(call.method)
                        .and_then(|callee| callee.effects.as_ref());
                    let same = effects.and_then(|effects| effects.same);
                    let from = same.and_then(|same| Scope::argument(call, same))?;
                    line.push((before, from));
                    continue;
                }
                _ => return None,
            };
            // A field that the package defines may have been written since.
            if let Known::Field(field) = value {
                if scope.program.defines(scope.program.field_name(field).class) {
                    return None;
                }
            }
            if found.is_some_and(|other| other != value) {
                return None;
            }
            found = Some(value);
        }
    }
    found
}

/// The call that made the value of a local on every way, and the argument that it hands on.
fn handed_on_by(scope: &Scope<'_>, view: &View<'_>, at: At, local: Local) -> Option<(At, u8)> {
    let mut seen: FxHashSet<(At, Local)> = FxHashSet::default();
    let mut line = vec![(at, local)];
    let mut found = None;
    while let Some((at, local)) = line.pop() {
        if !seen.insert((at, local)) {
            continue;
        }
        if seen.len() > MOST || at == view.entry {
            return None;
        }
        for &before in view.before(at) {
            match view.stmt(before) {
                stmt if written_by(stmt) != Some(local) => line.push((before, local)),
                Stmt::Move { from, .. } => line.push((before, *from)),
                Stmt::Call(call) if found.is_none_or(|(other, _)| other == before) => {
                    let effects = scope
                        .callee(call.method)
                        .and_then(|callee| callee.effects.as_ref());
                    match effects.and_then(|effects| effects.same) {
                        Some(Origin::Arg(number)) => found = Some((before, number)),
                        _ => return None,
                    }
                }
                _ => return None,
            }
        }
    }
    found
}

/// Where a text may be known that an argument of a call holds: at the call, and at those that handed it on before.
pub(crate) fn tellers(scope: &Scope<'_>, view: &View<'_>, at: At, argument: u8) -> Vec<(At, u8)> {
    let mut found = vec![(at, argument)];
    while let Some((at, argument)) = found.last().copied().filter(|_| found.len() < MOST_HANDED) {
        let Stmt::Call(call) = view.stmt(at) else { break };
        let local = Scope::argument(call, Origin::Arg(argument));
        match local.and_then(|local| handed_on_by(scope, view, at, local)) {
            Some(before) => found.push(before),
            None => break,
        }
    }
    found
}

/// The class of the object that the local holds before the statement, when one `new` made it on every way there.
pub(crate) fn made_before(view: &View<'_>, at: At, local: Local) -> Option<ClassId> {
    let mut seen: FxHashSet<(At, Local)> = FxHashSet::default();
    let mut line = vec![(at, local)];
    let mut found = None;
    while let Some((at, local)) = line.pop() {
        if !seen.insert((at, local)) {
            continue;
        }
        if seen.len() > MOST || at == view.entry {
            return None;
        }
        for &before in view.before(at) {
            match view.stmt(before) {
                stmt if written_by(stmt) != Some(local) => line.push((before, local)),
                Stmt::Move { from, .. } => line.push((before, *from)),
                Stmt::New { class, .. } if found.is_none_or(|other| other == *class) => found = Some(*class),
                _ => return None,
            }
        }
    }
    found
}

/// Whether a text begins as a condition asks.
pub(crate) fn begins(text: &str, when: &super::query::When) -> bool {
    when.texts.iter().any(|start| text.starts_with(start.as_str()))
}

/// The number or text, for conditions.
pub(crate) fn describes(scope: &Scope<'_>, known: Known, when: &super::query::When) -> bool {
    match known {
        Known::Constant(Constant::Number(number)) => when.numbers.contains(&number),
        Known::Constant(Constant::Text(text)) => begins(scope.program.text(text), when),
        Known::Constant(Constant::Class(_)) => false,
        Known::Field(field) => {
            let name = scope.program.field_name(field);
            let whole = format!("{}->{}", scope.program.class_name(name.class), name.name);
            when.fields.contains(&whole)
        }
    }
}
