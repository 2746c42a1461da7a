//! What values are within one method: the classes of objects, fields they come from, numbers.

use rustc_hash::FxHashMap;

use crate::app::App;
use crate::ir::{At, Call, ClassId, Constant, Dispatch, FieldId, Local, MethodId, Program, Stmt};
use crate::types::{Origin, Origins, MANY, PARAM};

/// Statements that are looked at before or behind one for a single value.
const NEAR: usize = 64;
/// Classes above one whose methods are looked for.
const MOST_ABOVE: usize = 64;

/// Answers about values.
pub(super) struct Values<'v, 'a> {
    app: &'v App<'a>,
    origins: Origins,
    /// Methods with a body, by class, name and prototype; empty until one is asked for.
    methods: FxHashMap<(ClassId, String), MethodId>,
}

impl<'v, 'a> Values<'v, 'a> {
    pub(super) fn new(app: &'v App<'a>) -> Self {
        Values {
            app,
            origins: Origins::default(),
            methods: FxHashMap::default(),
        }
    }

    /// The local of an argument; the receiver is not counted.
    pub(super) fn argument(&self, call: &Call, number: u32) -> Option<Local> {
        let fixed = u32::from(call.dispatch != Dispatch::Static);
        call.args.get((number + fixed) as usize).copied()
    }

    /// The method of a class, or the nearest above it, by name and prototype.
    pub(super) fn method(&mut self, class: ClassId, text: &str) -> Option<MethodId> {
        if self.methods.is_empty() {
            let methods = self.app.reached().iter().map(|method| {
                let name = self.app.method_name(*method);
                ((name.class, format!("{}{}", name.name, name.proto)), *method)
            });
            self.methods = methods.collect();
        }
        let mut class = class;
        for _ in 0..MOST_ABOVE {
            if let Some(method) = self.methods.get(&(class, text.to_owned())) {
                return Some(*method);
            }
            class = *self.app.supers(class).first()?;
        }
        None
    }

    /// The number that a local holds before a statement, when it was set nearby and on the only way.
    pub(super) fn number(&self, method: MethodId, at: At, local: Local) -> Option<i64> {
        let body = self.app.body(method)?;
        for stmt in body.stmts.get(..at as usize)?.iter().rev().take(NEAR) {
            match stmt {
                Stmt::Const {
                    to,
                    value: Constant::Number(number),
                } if *to == local => return Some(*number),
                Stmt::Branch { .. } | Stmt::Return { .. } | Stmt::Throw { .. } => return None,
                stmt if crate::taint::written_by(stmt) == Some(local) => return None,
                _ => {}
            }
        }
        None
    }

    /// The field that a local was read from, when there is one only.
    pub(super) fn field(&mut self, method: MethodId, at: At, local: Local) -> Option<FieldId> {
        let body = self.app.body(method)?;
        let mut fields =
            self.made_by(method, at, local)
                .into_iter()
                .map(|origin| match body.stmts.get(origin as usize) {
                    Some(Stmt::Load { field, .. } | Stmt::LoadStatic { field, .. }) => Some(*field),
                    _ => None,
                });
        let first = fields.next()??;
        fields.all(|field| field == Some(first)).then_some(first)
    }

    /// The field that the result of a call is stored to right behind it.
    pub(super) fn stored(&self, method: MethodId, at: At, result: Local) -> Option<FieldId> {
        let body = self.app.body(method)?;
        let mut local = result;
        for stmt in body.stmts.get(at as usize + 1..)?.iter().take(NEAR) {
            match stmt {
                Stmt::Store { field, from, .. } | Stmt::StoreStatic { field, from } if *from == local => {
                    return Some(*field)
                }
                Stmt::Move { to, from } if *from == local => local = *to,
                Stmt::Branch { .. } | Stmt::Return { .. } | Stmt::Throw { .. } => return None,
                _ => {}
            }
        }
        None
    }

    /// The classes of the objects that a local may hold, as far as the method shows them.
    pub(super) fn classes(&mut self, method: MethodId, at: At, local: Local) -> Vec<ClassId> {
        let Some(body) = self.app.body(method) else {
            return Vec::new();
        };
        let name = self.app.method_name(method);
        let mut classes = Vec::new();
        for origin in self.made_by(method, at, local) {
            if origin == PARAM {
                classes.push(name.class);
                continue;
            }
            match body.stmts.get(origin as usize) {
                Some(Stmt::New { class, .. }) => classes.push(*class),
                Some(Stmt::Load { field, .. } | Stmt::LoadStatic { field, .. }) => {
                    let kind = self.app.field_name(*field).kind;
                    classes.extend(self.app.tables.find_class(0, kind));
                }
                _ => {}
            }
        }
        classes.sort_unstable();
        classes.dedup();
        classes
    }

    /// The statements that made what a local holds, casts left out; `PARAM` for the first parameter.
    fn made_by(&mut self, method: MethodId, at: At, local: Local) -> Vec<Origin> {
        let Some(body) = self.app.body(method) else {
            return Vec::new();
        };
        let most = 64 * body.stmts.len() as u64 + 4096;
        let mut held = None;
        let done = self.origins.find(body, most, |place, _, state| {
            if place == at {
                held = state.get(local as usize).copied();
            }
        });
        let Some(set) = held.filter(|_| done.is_some()) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let mut pending = self.origins.origins(set).to_vec();
        let mut seen = pending.clone();
        while let Some(origin) = pending.pop() {
            if origin >= MANY {
                continue;
            }
            match self.origins.casts.get(&origin) {
                Some(before) => {
                    for origin in self.origins.origins(*before) {
                        if !seen.contains(origin) {
                            seen.push(*origin);
                            pending.push(*origin);
                        }
                    }
                }
                None => found.push(origin),
            }
        }
        found.sort_unstable();
        found
    }
}
