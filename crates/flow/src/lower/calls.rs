//! Calls, and what the rows of a query add to them.

use dex::{CodeFault, Insn};

use crate::heard::load_argument;
use crate::ir::{At, Call, Dispatch, Local, MethodId, Stmt};
use crate::program::NONE;
use crate::query::When;
use crate::rows::{parameter_types, LaterRow};
use crate::steps::{statement, Step, Value};

use super::Lowering;

/// A call of a method that is certain.
pub(crate) fn plain(method: MethodId, args: Vec<Local>) -> Stmt {
    Stmt::Call(Box::new(Call {
        dispatch: Dispatch::Static,
        method,
        args,
        to: None,
    }))
}

impl Lowering<'_, '_> {
    pub(super) fn invoke(&mut self, insn: &Insn, result: Option<Local>) -> Result<At, CodeFault> {
        let methods = self.tables.rows.get(self.number).map(|rows| &rows.methods);
        let method = methods
            .and_then(|methods| methods.get(insn.index as usize))
            .copied();
        let method = MethodId(
            method
                .filter(|method| *method != NONE)
                .ok_or(CodeFault::BadIndex)?,
        );
        let row = self.dex.method(insn.index).ok_or(CodeFault::BadIndex)?;
        let dispatch = match insn.op {
            0x71 | 0x77 => Dispatch::Static,
            0x6f | 0x70 | 0x75 | 0x76 => Dispatch::Exact,
            _ => Dispatch::Virtual,
        };
        let polymorphic = matches!(insn.op, 0xfa | 0xfb);
        self.dynamic += u32::from(polymorphic);
        let proto = if polymorphic { insn.proto } else { row.kind };
        let args = self.arguments(insn, proto, dispatch != Dispatch::Static)?;
        if dispatch == Dispatch::Static {
            if let Some(row) = self.tables.method_row(method) {
                let class = row.class;
                self.initialise(class);
            }
        }
        let at = self.draft.push(Stmt::Call(Box::new(Call {
            dispatch,
            method,
            args: args.clone(),
            to: result,
        })));
        if let Some(later) = self.rows.later(self.tables, method) {
            self.run_later(&later, &args, result);
        } else if self.is_foreign(method) {
            self.hand_over(method, &args);
        }
        Ok(at)
    }

    fn arguments(&self, insn: &Insn, proto: u32, receiver: bool) -> Result<Vec<Local>, CodeFault> {
        let mut args = Vec::with_capacity(insn.args.len());
        let mut at = 0;
        let mut take = |wide: bool, at: &mut usize| {
            let register = insn.args.get(*at).ok_or(CodeFault::BadRegister)?;
            args.push(Local::from(register));
            *at += 1 + usize::from(wide);
            Ok(())
        };
        if receiver {
            take(false, &mut at)?;
        }
        for kind in self.dex.parameters(proto).iter() {
            take(self.dex.is_wide(kind), &mut at)?;
        }
        match at == insn.args.len() {
            true => Ok(args),
            false => Err(CodeFault::BadRegister),
        }
    }

    fn is_foreign(&self, method: MethodId) -> bool {
        let row = self.tables.method_row(method);
        let class = row.and_then(|row| self.tables.class_row(row.class));
        class.is_some_and(|class| class.def.is_none())
    }

    /// The local that nothing sets: a value of the platform's.
    fn unset(&mut self) -> Local {
        match self.unset {
            Some(local) => local,
            None => *self.unset.insert(self.draft.local()),
        }
    }

    fn run_later(&mut self, later: &LaterRow, args: &[Local], result: Option<Local>) {
        let names: Vec<Local> = (0..later.names).map(|_| self.draft.local()).collect();
        let unset = self.unset();
        let local = |value: Value| match value {
            Value::Argument(number) => args.get(number as usize).copied().unwrap_or(unset),
            Value::Name(number) => names.get(number as usize).copied().unwrap_or(unset),
        };
        for step in &later.steps {
            if let (Step::Give(value), Some(to)) = (step, result) {
                let from = local(*value);
                self.draft.push(Stmt::Move { to, from });
            } else if let Some(stmt) = statement(step, &local, &self.rows.starts) {
                self.draft.push(stmt);
            }
        }
    }

    /// Listeners among the arguments of a call that the package does not define are called back.
    fn hand_over(&mut self, method: MethodId, args: &[Local]) {
        let types = parameter_types(self.tables, method).to_vec();
        let skipped = args.len().saturating_sub(types.len());
        let mut found = Vec::new();
        for (kind, arg) in types.iter().zip(args.iter().skip(skipped)) {
            if let Some((number, _)) = self.rows.listener(*kind) {
                found.push((number, *arg));
            } else if self.rows.is_open(*kind) {
                let field = self.rows.escaped;
                self.draft.push(Stmt::StoreStatic { field, from: *arg });
            }
        }
        let platform = self
            .tables
            .method_row(method)
            .is_some_and(|row| self.tables.is_platform(row.class));
        for (number, arg) in found {
            let Some(row) = self.rows.listeners.get(number) else {
                continue;
            };
            if row.when == When::Event || !platform {
                let field = row.field;
                self.draft.push(Stmt::StoreStatic { field, from: arg });
                continue;
            }
            let methods = row.methods.clone();
            for (method, fields) in methods {
                let unset = self.unset();
                let mut args = vec![arg];
                for field in fields {
                    args.push(field.map_or(unset, |field| load_argument(&mut self.draft, field)));
                }
                self.draft.push(Stmt::Call(Box::new(Call {
                    dispatch: Dispatch::Virtual,
                    method,
                    args,
                    to: None,
                })));
            }
        }
    }
}
