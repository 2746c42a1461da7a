//! Where the values of a method come from: for each use of a local the statements that may have set it.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::ir::{At, Body, Constant, Local, Stmt};

/// Where a value comes from: the position of the statement that made it, or one of these.
pub(crate) type Origin = u32;
/// The first parameter; others follow.
pub(crate) const PARAM: Origin = 1 << 30;
/// More places than are kept; nothing is added to it.
pub(crate) const MANY: Origin = u32::MAX - 1;
/// Nothing that is known.
pub(crate) const UNKNOWN: Origin = u32::MAX;

/// Number of a set of origins, of one method.
pub(crate) type OriginSet = u32;
/// No origin: a number, or null.
pub(crate) const NOTHING: OriginSet = 0;

/// Origins of a set; one that would be larger is many.
const MOST_ORIGINS: usize = 12;
/// Entries of a map that is used again.
const MOST_KEPT: usize = 512;
/// Locals remembered at all joints of one method together.
const MOST_REMEMBERED: usize = 4_000_000;

/// What is told of each statement: its position, and the origins of all locals before it.
type Each<'e> = dyn FnMut(At, &Stmt, &[OriginSet]) + 'e;

/// The origins of the values of one method.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    sets: Vec<Box<[Origin]>>,
    numbers: FxHashMap<Box<[Origin]>, OriginSet>,
    unions: FxHashMap<(OriginSet, OriginSet), OriginSet>,
    /// What each cast checks.
    pub casts: FxHashMap<At, OriginSet>,
    states: FxHashMap<At, Vec<OriginSet>>,
    joints: Vec<bool>,
    pending: BTreeSet<At>,
    remembered: usize,
}

impl Origins {
    /// Finds the origins of a body's values and calls `each` for every statement that may run with the locals before it.
    /// Gives how many steps it took, none when there were more than `most`.
    pub(crate) fn find(
        &mut self,
        body: &Body,
        most: u64,
        mut each: impl FnMut(At, &Stmt, &[OriginSet]),
    ) -> Option<u64> {
        self.clear(body);
        let mut start = vec![NOTHING; body.locals as usize];
        let unknown = self.add(vec![UNKNOWN]);
        start.fill(unknown);
        for (number, local) in body.params.iter().enumerate() {
            let origin = self.add(vec![PARAM + number as u32]);
            if let Some(slot) = start.get_mut(*local as usize) {
                *slot = origin;
            }
        }
        let mut left = most;
        self.flow(0, &start, &mut left)?;
        let mut state = Vec::new();
        while let Some(at) = self.pending.pop_first() {
            self.follow(body, at, &mut state, &mut left, None)?;
        }
        let mut starts: Vec<At> = self.states.keys().copied().collect();
        starts.sort_unstable();
        let each: &mut Each<'_> = &mut each;
        for at in starts {
            self.follow(body, at, &mut state, &mut left, Some(&mut *each))?;
        }
        Some(most - left)
    }

    fn clear(&mut self, body: &Body) {
        self.sets.clear();
        empty(&mut self.numbers);
        empty(&mut self.unions);
        empty(&mut self.casts);
        empty(&mut self.states);
        self.pending.clear();
        self.remembered = 0;
        self.add(Vec::new());
        self.joints.clear();
        self.joints.resize(body.stmts.len(), false);
        let mut seen = vec![false; body.stmts.len()];
        for (at, next) in body.next.iter().enumerate() {
            for (number, to) in next.iter().enumerate() {
                let Some(before) = seen.get_mut(*to as usize) else {
                    continue;
                };
                let straight = number == 0 && *to as usize == at + 1;
                if *before || !straight {
                    if let Some(joint) = self.joints.get_mut(*to as usize) {
                        *joint = true;
                    }
                }
                *before = true;
            }
        }
    }

    fn add(&mut self, origins: Vec<Origin>) -> OriginSet {
        if let Some(&set) = self.numbers.get(origins.as_slice()) {
            return set;
        }
        let set = self.sets.len() as OriginSet;
        let origins = origins.into_boxed_slice();
        self.numbers.insert(origins.clone(), set);
        self.sets.push(origins);
        set
    }

    /// The origins of a set, in ascending order.
    pub(crate) fn origins(&self, set: OriginSet) -> &[Origin] {
        self.sets.get(set as usize).map_or(&[], |set| set)
    }

    fn union(&mut self, one: OriginSet, other: OriginSet) -> OriginSet {
        if one == other || other == NOTHING {
            return one;
        }
        if one == NOTHING {
            return other;
        }
        let key = (one.min(other), one.max(other));
        if let Some(&set) = self.unions.get(&key) {
            return set;
        }
        let mut all: Vec<Origin> = [one, other]
            .iter()
            .flat_map(|set| self.origins(*set))
            .copied()
            .collect();
        all.sort_unstable();
        all.dedup();
        if all.len() > MOST_ORIGINS || all.contains(&MANY) {
            all = vec![MANY];
        }
        let set = self.add(all);
        self.unions.insert(key, set);
        set
    }

    /// Brings locals to a joint.
    fn flow(&mut self, at: At, state: &[OriginSet], left: &mut u64) -> Option<()> {
        *left = left.checked_sub(1 + state.len() as u64 / 4)?;
        let Some(mut known) = self.states.remove(&at) else {
            self.remembered += state.len();
            if self.remembered > MOST_REMEMBERED {
                return None;
            }
            self.states.insert(at, state.to_vec());
            self.pending.insert(at);
            return Some(());
        };
        let mut changed = false;
        for (old, new) in known.iter_mut().zip(state) {
            if *old != *new {
                let joined = self.union(*old, *new);
                changed |= joined != *old;
                *old = joined;
            }
        }
        self.states.insert(at, known);
        if changed {
            self.pending.insert(at);
        }
        Some(())
    }

    /// Brings to a joint what these locals hold now.
    fn flow_some(&mut self, at: At, state: &[OriginSet], which: &[Local], left: &mut u64) -> Option<()> {
        *left = left.checked_sub(1 + which.len() as u64)?;
        let Some(mut known) = self.states.remove(&at) else {
            return self.flow(at, state, left);
        };
        let mut changed = false;
        for local in which {
            let at = *local as usize;
            if let (Some(old), Some(new)) = (known.get_mut(at), state.get(at)) {
                let joined = self.union(*old, *new);
                changed |= joined != *old;
                *old = joined;
            }
        }
        self.states.insert(at, known);
        if changed {
            self.pending.insert(at);
        }
        Some(())
    }

    /// Follows statements from a joint to the next ones.
    fn follow(
        &mut self,
        body: &Body,
        start: At,
        state: &mut Vec<OriginSet>,
        left: &mut u64,
        mut each: Option<&mut Each<'_>>,
    ) -> Option<()> {
        state.clear();
        state.extend_from_slice(self.states.get(&start)?);
        let mut touched: Vec<Local> = Vec::new();
        let mut guards: &[At] = &[];
        let mut at = start;
        loop {
            *left = left.checked_sub(1)?;
            let (Some(stmt), Some(next)) = (body.stmts.get(at as usize), body.next.get(at as usize)) else {
                return Some(());
            };
            if let Some(each) = each.as_mut() {
                each(at, stmt, state);
            }
            // A branch leads everywhere with the same values; what is thrown leads to handlers with those before.
            let handlers = match stmt {
                Stmt::Branch { .. } | Stmt::Throw { .. } => &[][..],
                _ => next.get(1..).unwrap_or_default(),
            };
            if each.is_none() && !handlers.is_empty() {
                for handler in handlers {
                    if handlers == guards {
                        self.flow_some(*handler, state, &touched, left)?;
                    } else {
                        self.flow(*handler, state, left)?;
                    }
                }
                guards = handlers;
                touched.clear();
            }
            if let Some(local) = self.step(stmt, at, state) {
                touched.push(local);
            }
            let straight = next.first().filter(|to| **to == at + 1 && !self.is_joint(**to));
            if each.is_none() {
                let others = match stmt {
                    Stmt::Branch { .. } | Stmt::Throw { .. } => next,
                    _ => next.get(..1).unwrap_or_default(),
                };
                for to in others {
                    if Some(to) != straight {
                        self.flow(*to, state, left)?;
                    }
                }
            }
            match straight {
                Some(to) => at = *to,
                None => return Some(()),
            }
        }
    }

    fn is_joint(&self, at: At) -> bool {
        self.joints.get(at as usize).copied().unwrap_or(true)
    }

    /// What a statement does to the locals; gives the one it sets.
    fn step(&mut self, stmt: &Stmt, at: At, state: &mut [OriginSet]) -> Option<Local> {
        let (to, set) = match stmt {
            Stmt::Const {
                to,
                value: Constant::Number(_),
            }
            | Stmt::Compute { to, .. } => (*to, NOTHING),
            Stmt::Const { to, .. }
            | Stmt::New { to, .. }
            | Stmt::Load { to, .. }
            | Stmt::LoadStatic { to, .. }
            | Stmt::LoadElement { to, .. }
            | Stmt::Catch { to } => (*to, self.add(vec![at])),
            Stmt::Move { to, from } => (*to, state.get(*from as usize).copied()?),
            Stmt::Cast { of, .. } => {
                let before = state.get(*of as usize).copied()?;
                let known = self.casts.get(&at).copied().unwrap_or(NOTHING);
                let joined = self.union(known, before);
                self.casts.insert(at, joined);
                (*of, self.add(vec![at]))
            }
            Stmt::Call(call) => (call.to?, self.add(vec![at])),
            _ => return None,
        };
        *state.get_mut(to as usize)? = set;
        Some(to)
    }
}

/// Empties a map. One that a long method made large is not kept: emptying it costs its size each time.
fn empty<K, V>(map: &mut FxHashMap<K, V>) {
    match map.capacity() > MOST_KEPT {
        true => *map = FxHashMap::default(),
        false => map.clear(),
    }
}
