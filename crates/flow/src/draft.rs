//! A body while it is written.

use crate::ir::{At, Body, Local, Stmt};

/// A body whose statements follow each other unless something else is said.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    body: Body,
    /// The code unit that statements stem from now.
    pub unit: u32,
}

impl Draft {
    /// A body with these parameters.
    pub(crate) fn new(locals: u32, params: Vec<Local>) -> Self {
        Draft {
            body: Body {
                locals,
                params,
                ..Body::default()
            },
            unit: 0,
        }
    }

    /// A body to be continued: where it returned it goes on now.
    pub(crate) fn over(mut body: Body) -> Self {
        for (at, stmt) in body.stmts.iter_mut().enumerate() {
            if let Stmt::Return { .. } = stmt {
                *stmt = Stmt::Nop;
                if let Some(next) = body.next.get_mut(at) {
                    *next = vec![at as At + 1];
                }
            }
        }
        Draft { body, unit: 0 }
    }

    /// A local that nothing else uses.
    pub(crate) fn local(&mut self) -> Local {
        self.body.locals += 1;
        self.body.locals - 1
    }

    /// How many statements there are, which is also where the next one will stand.
    pub(crate) fn here(&self) -> At {
        self.body.stmts.len() as At
    }

    /// Adds a statement that goes on to the next.
    pub(crate) fn push(&mut self, stmt: Stmt) -> At {
        let at = self.here();
        let next = match stmt {
            Stmt::Return { .. } | Stmt::Throw { .. } => Vec::new(),
            _ => vec![at + 1],
        };
        self.body.stmts.push(stmt);
        self.body.next.push(next);
        self.body.units.push(self.unit);
        at
    }

    /// Says where a statement leads.
    pub(crate) fn lead(&mut self, at: At, to: Vec<At>) {
        if let Some(next) = self.body.next.get_mut(at as usize) {
            *next = to;
        }
    }

    /// Adds to where a statement leads.
    pub(crate) fn lead_also(&mut self, at: At, to: impl Iterator<Item = At>) {
        if let Some(next) = self.body.next.get_mut(at as usize) {
            for at in to {
                if !next.contains(&at) {
                    next.push(at);
                }
            }
        }
    }

    /// The body; what leads beyond its end leads nowhere.
    pub(crate) fn finish(mut self) -> Body {
        let end = self.here();
        if self.body.next.last().is_some_and(|next| next.contains(&end)) {
            for next in &mut self.body.next {
                next.retain(|at| *at < end);
            }
        }
        self.body
    }
}
