//! Static fields that keep one value: nothing that runs stores to them, or only their class initialiser does, once.

use rustc_hash::FxHashMap;

use crate::ir::{At, Body, Constant, FieldId, Local, MethodId, Stmt};
use crate::program::Tables;
use crate::taint::written_by;

/// The values of such fields: those that the file states (`stated`), and constants that the initialiser stores before its
/// first branch.
pub(crate) fn kept(
    tables: &Tables<'_>,
    bodies: &FxHashMap<MethodId, Body>,
    stated: FxHashMap<FieldId, Constant>,
) -> FxHashMap<FieldId, Constant> {
    let mut stores: FxHashMap<FieldId, (u32, MethodId, At)> = FxHashMap::default();
    for (method, body) in bodies {
        for (at, stmt) in body.stmts.iter().enumerate() {
            if let Stmt::StoreStatic { field, .. } = stmt {
                stores.entry(*field).or_insert((0, *method, at as At)).0 += 1;
            }
        }
    }
    let mut kept = stated;
    kept.retain(|field, _| !stores.contains_key(field));
    for (field, (count, method, at)) in stores {
        let Some((class, _, _)) = tables.field_row(field) else {
            continue;
        };
        if count != 1 || tables.initialiser(class) != Some(method) {
            continue;
        }
        if let Some(value) = bodies.get(&method).and_then(|body| stored(body, at)) {
            kept.insert(field, value);
        }
    }
    kept
}

/// The constant that a store receives, when only one way leads from the start to it.
fn stored(body: &Body, store: At) -> Option<Constant> {
    let mut known: FxHashMap<Local, Constant> = FxHashMap::default();
    let mut at = 0;
    loop {
        let stmt = body.stmts.get(at as usize)?;
        if at == store {
            let Stmt::StoreStatic { from, .. } = stmt else {
                return None;
            };
            return known.get(from).copied();
        }
        match stmt {
            Stmt::Const { to, value } => {
                known.insert(*to, *value);
            }
            Stmt::Move { to, from } => match known.get(from).copied() {
                Some(value) => {
                    known.insert(*to, value);
                }
                None => {
                    known.remove(to);
                }
            },
            _ => {
                if let Some(to) = written_by(stmt) {
                    known.remove(&to);
                }
            }
        }
        // Backwards is a loop, and what runs again may store something else.
        match body.next.get(at as usize)?.as_slice() {
            [next] if *next > at => at = *next,
            _ => return None,
        }
    }
}
