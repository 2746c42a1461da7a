//! The calls of listeners.

use crate::draft::Draft;
use crate::ir::{At, Dispatch, FieldId, Local, MethodId, Stmt};
use crate::life::call;
use crate::program::Tables;
use crate::rows::{parameter_types, RowTables};

/// The calls that a component's listeners get.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// The position of a call, the listener and the number of its method.
    pub listeners: Vec<(At, usize, usize)>,
    /// The position of a call and its method.
    pub escaped: Vec<(At, MethodId)>,
}

/// Runs the methods of listeners, and those of other objects that the platform got, in any order, any number of times.
pub(crate) fn run_listeners(
    draft: &mut Draft,
    tables: &Tables<'_>,
    rows: &RowTables,
    which: &[usize],
    escaped: &[MethodId],
) -> Heard {
    let mut calls = Heard::default();
    let object = draft.local();
    let head = draft.push(Stmt::Branch { on: [None, None] });
    let mut heads = Vec::new();
    let load = |draft: &mut Draft, field| draft.push(Stmt::LoadStatic { to: object, field });
    for &listener in which {
        let Some(row) = rows.listeners.get(listener) else {
            continue;
        };
        heads.push(load(draft, row.field));
        for (number, (method, fields)) in row.methods.iter().enumerate() {
            let mut args = vec![object];
            for field in fields {
                // Each argument is a value of its own: what one method leaves in it is not what another gets.
                args.push(match field {
                    Some(field) => load_argument(draft, *field),
                    None => draft.local(),
                });
            }
            let at = draft.push(call(Dispatch::Virtual, *method, args));
            calls.listeners.push((at, listener, number));
        }
        let back = draft.push(Stmt::Nop);
        draft.lead(back, vec![head]);
    }
    for &method in escaped {
        heads.push(load(draft, rows.escaped));
        let mut args = vec![object];
        args.extend(parameter_types(tables, method).iter().map(|_| draft.local()));
        let at = draft.push(call(Dispatch::Exact, method, args));
        calls.escaped.push((at, method));
        let back = draft.push(Stmt::Nop);
        draft.lead(back, vec![head]);
    }
    heads.push(draft.push(Stmt::Return { value: None }));
    draft.lead(head, heads);
    calls
}

/// Loads what a hidden static field keeps into a local of its own.
pub(crate) fn load_argument(draft: &mut Draft, field: FieldId) -> Local {
    let to = draft.local();
    draft.push(Stmt::LoadStatic { to, field });
    to
}
