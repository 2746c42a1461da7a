//! A body as the analysis walks it: parameters that are never overwritten, statements in both directions.

use std::sync::OnceLock;

use super::meet::meets;
use crate::ir::{At, Body, Local, Stmt};

/// A body with what walking it needs.
pub(crate) struct View<'p> {
    body: &'p Body,
    /// Moves of parameters to locals that the body overwrites; they run before all else.
    moves: Vec<Stmt>,
    after: Vec<[At; 1]>,
    /// The locals that hold the arguments at the start and at the end.
    pub params: Vec<Local>,
    /// The first statement.
    pub entry: At,
    starts: Vec<u32>,
    before: Vec<At>,
    /// For each statement the next one that runs in any case.
    meets: OnceLock<Vec<At>>,
}

impl<'p> View<'p> {
    pub(crate) fn new(body: &'p Body) -> Self {
        let count = body.stmts.len();
        let mut params = body.params.clone();
        let mut moves = Vec::new();
        let mut written = vec![false; body.locals as usize];
        for stmt in &body.stmts {
            if let Some(to) = written_by(stmt) {
                if let Some(slot) = written.get_mut(to as usize) {
                    *slot = true;
                }
            }
        }
        for (number, param) in params.iter_mut().enumerate() {
            if written.get(*param as usize).copied().unwrap_or(false) {
                let fresh = body.locals + number as u32;
                moves.push(Stmt::Move {
                    to: *param,
                    from: fresh,
                });
                *param = fresh;
            }
        }
        let after = (0..moves.len())
            .map(|at| {
                [if at + 1 == moves.len() {
                    0
                } else {
                    (count + at + 1) as At
                }]
            })
            .collect();
        let entry = if moves.is_empty() { 0 } else { count as At };
        let mut view = View {
            body,
            moves,
            after,
            params,
            entry,
            starts: Vec::new(),
            before: Vec::new(),
            meets: OnceLock::new(),
        };
        view.reverse();
        view
    }

    fn reverse(&mut self) {
        let all = self.len();
        let mut starts = vec![0u32; all as usize + 1];
        for at in 0..all {
            for &to in self.next(at) {
                if to < all {
                    starts[to as usize + 1] += 1;
                }
            }
        }
        for at in 0..all as usize {
            starts[at + 1] += starts[at];
        }
        let mut fill = starts.clone();
        let mut before = vec![0; starts.last().copied().unwrap_or(0) as usize];
        for at in 0..all {
            for &to in self.next(at) {
                if to < all {
                    before[fill[to as usize] as usize] = at;
                    fill[to as usize] += 1;
                }
            }
        }
        (self.starts, self.before) = (starts, before);
    }

    /// How many statements there are.
    pub(crate) fn len(&self) -> At {
        (self.body.stmts.len() + self.moves.len()) as At
    }

    pub(crate) fn stmt(&self, at: At) -> &Stmt {
        let own = self.body.stmts.len();
        self.body
            .stmts
            .get(at as usize)
            .or_else(|| self.moves.get((at as usize).checked_sub(own)?))
            .unwrap_or(&Stmt::Nop)
    }

    pub(crate) fn next(&self, at: At) -> &[At] {
        match self.body.next.get(at as usize) {
            Some(next) => next,
            None => (at as usize)
                .checked_sub(self.body.stmts.len())
                .and_then(|at| self.after.get(at))
                .map_or(&[], |next| next.as_slice()),
        }
    }

    pub(crate) fn before(&self, at: At) -> &[At] {
        let at = at as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(&start), Some(&end)) => &self.before[start as usize..end as usize],
            _ => &[],
        }
    }

    pub(crate) fn unit(&self, at: At) -> u32 {
        self.body.units.get(at as usize).copied().unwrap_or(0)
    }

    /// The next statement that runs whichever way this one goes; [`super::fact::WHOLE`] where the ways do not meet before the end.
    pub(crate) fn meets(&self, at: At) -> At {
        let all = self.meets.get_or_init(|| meets(self));
        all.get(at as usize).copied().unwrap_or(super::fact::WHOLE)
    }

    /// How many of the statements that may run next do so without an exception.
    pub(crate) fn ordinary(&self, at: At) -> usize {
        match self.stmt(at) {
            Stmt::Branch { .. } => self.next(at).len(),
            Stmt::Throw { .. } => 0,
            _ => 1,
        }
    }
}

/// The local a statement overwrites.
pub(crate) fn written_by(stmt: &Stmt) -> Option<Local> {
    match stmt {
        Stmt::Const { to, .. }
        | Stmt::Move { to, .. }
        | Stmt::New { to, .. }
        | Stmt::Compute { to, .. }
        | Stmt::Load { to, .. }
        | Stmt::LoadStatic { to, .. }
        | Stmt::LoadElement { to, .. }
        | Stmt::Catch { to } => Some(*to),
        Stmt::Call(call) => call.to,
        _ => None,
    }
}
