//! Values known within one method: a forward data flow over its code, joined where branches meet and where exceptions land.
//!
//! Arrays of objects are taken to be unchanged by calls that receive them; arrays of numbers and string builders are not.

mod arena;
mod evaluate;
mod fold;
mod initial;
mod machine;
mod pure;
mod render;
mod statics;
mod step;

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::code::{Code, Try};
use crate::insn::{decode, switch_branches, Insn, Item};
use crate::package::{Package, Part};
use crate::query::{Limits, Value};
use crate::tables::Dex;
use crate::{MethodDef, ACC_STATIC};
use arena::{Arena, Id, Node, HIGH, UNKNOWN, UNSET};
use initial::Initial;
use render::Painter;
use statics::Statics;

/// Instructions all methods of a package may cost together.
const MOST_STEPS: u64 = 20_000_000;
/// Steps that code run for constants may take together, for a package.
const MOST_EVALUATED: u64 = 4_000_000;
/// Text that may be put together for the values of a package, in bytes.
const MOST_TEXT: usize = 64 << 20;
/// Registers remembered at all branch targets of one method together.
const MOST_REMEMBERED: usize = 4_000_000;

/// What is known of one call.
#[derive(Clone, Debug, PartialEq)]
pub struct CallValues {
    /// The receiver, when it is known.
    pub on: Option<Value>,
    /// One value for each declared argument.
    pub args: Vec<Value>,
}

/// What is known of the calls of one method.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// In the order asked for.
    pub calls: Vec<CallValues>,
    /// False when a limit ended the search; then not everything that could be is known.
    pub complete: bool,
}

/// Follows values through the code of methods, one method at a time.
pub struct Tracker<'p, 'a> {
    package: &'p Package<'a>,
    arena: Arena,
    statics: Statics<'a>,
    initial: Initial,
    steps: u64,
    total: u64,
    /// Steps that code run for constants may still take.
    evaluated: u64,
    text_left: usize,
}

impl<'p, 'a> Tracker<'p, 'a> {
    /// A tracker for the methods of `package`.
    pub fn new(package: &'p Package<'a>, limits: &Limits) -> Self {
        Tracker {
            package,
            arena: Arena::new(),
            statics: Statics::default(),
            initial: Initial::default(),
            steps: limits.steps,
            total: MOST_STEPS,
            evaluated: MOST_EVALUATED,
            text_left: MOST_TEXT,
        }
    }

    /// The values at the calls that begin at the code units `calls`, in ascending order, of a method in the DEX at
    /// position `dex`.
    pub fn values(&mut self, dex: u32, method: &MethodDef, code: &Code<'a>, calls: &[u32]) -> Values {
        let package = self.package;
        let Some(part) = package.parts().get(dex as usize) else {
            return Values {
                calls: Vec::new(),
                complete: true,
            };
        };
        let (known, complete) = self.known(part, method, code, calls);
        let mut painter = Painter::new(&part.dex, &self.arena, &mut self.text_left);
        let mut values: Vec<CallValues> = calls
            .iter()
            .map(|at| {
                let seen = known.get(at).and_then(Option::as_ref).filter(|_| complete);
                render::call(&mut painter, code, *at, seen)
            })
            .collect();
        for call in &mut values {
            self.fill(part.dex.group(), call);
        }
        Values {
            calls: values,
            complete,
        }
    }

    /// What calls and stores into static fields, at these code units, receive; and whether the search was finished.
    fn known(
        &mut self,
        part: &'p Part<'a>,
        method: &MethodDef,
        code: &Code<'a>,
        places: &[u32],
    ) -> (FxHashMap<u32, Option<Seen>>, bool) {
        self.arena.clear();
        let mut left = self.steps.min(self.total);
        let granted = left;
        let mut flow = Flow {
            package: self.package,
            dex: &part.dex,
            code,
            arena: &mut self.arena,
            statics: &mut self.statics,
            leaders: FxHashMap::default(),
            states: Vec::new(),
            tries: Vec::new(),
            pending: BTreeSet::new(),
            remembered: 0,
            left: &mut left,
            evaluated: &mut self.evaluated,
            registers: Vec::new(),
            touched: Vec::new(),
            result: UNKNOWN,
            calls: places.iter().map(|at| (*at, None)).collect(),
        };
        let complete = flow.run(method).is_some();
        let known = std::mem::take(&mut flow.calls);
        self.total -= granted - left;
        (known, complete)
    }
}

/// The receiver and the arguments of a call, or the value of a store.
struct Seen {
    on: Option<Id>,
    args: Vec<Id>,
}

/// The data flow over one method.
struct Flow<'f, 'p, 'a> {
    package: &'p Package<'a>,
    dex: &'p Dex<'a>,
    code: &'f Code<'a>,
    arena: &'f mut Arena,
    statics: &'f mut Statics<'a>,
    /// Position in `states` of each code unit that something leads to.
    leaders: FxHashMap<u32, usize>,
    /// Code unit and, once it is reached, the registers there.
    states: Vec<(u32, Option<Vec<Id>>)>,
    tries: Vec<Try>,
    /// Code units to follow again, the first in the code first.
    pending: BTreeSet<u32>,
    remembered: usize,
    left: &'f mut u64,
    evaluated: &'f mut u64,
    registers: Vec<Id>,
    /// Registers written by the last instruction.
    touched: Vec<u16>,
    result: Id,
    calls: FxHashMap<u32, Option<Seen>>,
}

impl Flow<'_, '_, '_> {
    /// Follows the code until nothing new is learnt; `None` when the limit comes first.
    fn run(&mut self, method: &MethodDef) -> Option<()> {
        self.find_leaders()?;
        self.registers = self.parameters(method);
        self.flow_to(0)?;
        while let Some(start) = self.pending.pop_first() {
            self.follow(start)?;
        }
        Some(())
    }

    fn spend(&mut self, cost: usize) -> Option<()> {
        *self.left = self.left.checked_sub(cost as u64)?;
        Some(())
    }

    fn find_leaders(&mut self) -> Option<()> {
        let code = self.code;
        // The code was scanned before, so its tries are known to be sound; here the budget is that of this method.
        self.tries = code.tries(self.dex, self.left).ok()?;
        self.tries.sort_by_key(|guarded| guarded.start);
        let mut targets: BTreeSet<u32> = self
            .tries
            .iter()
            .flat_map(|guarded| guarded.handlers.clone())
            .collect();
        targets.insert(0);
        for insn in code.instructions() {
            self.spend(1)?;
            if insn.is_branch() {
                targets.extend(insn.target());
            } else if insn.is_switch() {
                for target in switch_targets(code, &insn) {
                    self.spend(1)?;
                    targets.insert(target);
                }
            }
        }
        self.states = targets.iter().map(|at| (*at, None)).collect();
        self.leaders = targets
            .into_iter()
            .enumerate()
            .map(|(position, at)| (at, position))
            .collect();
        Some(())
    }

    fn parameters(&mut self, method: &MethodDef) -> Vec<Id> {
        let mut registers = vec![UNSET; usize::from(self.code.registers)];
        let mut at = usize::from(self.code.registers - self.code.ins);
        let mut number = 0;
        let mut add = |arena: &mut Arena, wide: bool| {
            for slot in registers
                .iter_mut()
                .skip(at)
                .take(1 + usize::from(wide))
                .enumerate()
            {
                *slot.1 = if slot.0 == 0 {
                    arena.intern(Node::Param(number))
                } else {
                    HIGH
                };
            }
            at += 1 + usize::from(wide);
            number += 1;
        };
        if method.access & ACC_STATIC == 0 {
            add(self.arena, false);
        }
        if let Some(row) = self.dex.method(method.method) {
            for kind in self.dex.parameters(row.kind).iter() {
                add(self.arena, self.dex.is_wide(kind));
            }
        }
        registers
    }

    /// Brings the current registers to a leader; it is followed again if they taught it something.
    fn flow_to(&mut self, at: u32) -> Option<()> {
        let position = *self.leaders.get(&at)?;
        self.spend(1 + self.registers.len() / 8)?;
        let changed = match &mut self.states[position].1 {
            Some(known) => {
                let mut changed = false;
                for (old, new) in known.iter_mut().zip(&self.registers) {
                    let joined = self.arena.join(*old, *new);
                    changed |= joined != *old;
                    *old = joined;
                }
                changed
            }
            empty => {
                self.remembered += self.registers.len();
                if self.remembered > MOST_REMEMBERED {
                    return None;
                }
                *empty = Some(self.registers.clone());
                true
            }
        };
        if changed {
            self.pending.insert(at);
        }
        Some(())
    }

    /// Follows the code from a leader to the next or to where it ends.
    fn follow(&mut self, start: u32) -> Option<()> {
        let position = *self.leaders.get(&start)?;
        self.registers.clone_from(self.states[position].1.as_ref()?);
        self.result = UNKNOWN;
        let mut guard = None;
        let mut at = start;
        loop {
            let Ok(Item::Insn(insn)) = decode(self.code.insns(), at) else {
                return Some(());
            };
            if at != start && self.leaders.contains_key(&at) {
                return self.flow_to(at);
            }
            let work = self.arena.take_work();
            self.spend(1 + work / 8)?;
            guard = self.flow_to_handlers(at, guard)?;
            self.touched.clear();
            self.step(&insn);
            if insn.is_branch() {
                self.flow_to(insn.target()?)?;
            } else if insn.is_switch() {
                for target in switch_targets(self.code, &insn) {
                    self.flow_to(target)?;
                }
            }
            if insn.ends_block() {
                return Some(());
            }
            at += insn.units;
        }
    }

    /// Brings what is new since the last instruction to the handlers that guard this one, and answers which guard it is.
    fn flow_to_handlers(&mut self, at: u32, before: Option<usize>) -> Option<Option<usize>> {
        let after = self.tries.partition_point(|guarded| guarded.start <= at);
        let guard = after
            .checked_sub(1)
            .filter(|position| self.tries[*position].end > at);
        let Some(position) = guard else { return Some(None) };
        let handlers = std::mem::take(&mut self.tries[position].handlers);
        let mut done = Some(());
        for &handler in &handlers {
            let reached = guard == before
                && self
                    .leaders
                    .get(&handler)
                    .is_some_and(|at| self.states[*at].1.is_some());
            done = if reached {
                self.flow_touched_to(handler)
            } else {
                self.flow_to(handler)
            };
            if done.is_none() {
                break;
            }
        }
        self.tries[position].handlers = handlers;
        done.map(|()| guard)
    }

    fn flow_touched_to(&mut self, handler: u32) -> Option<()> {
        let position = *self.leaders.get(&handler)?;
        let Some(known) = &mut self.states[position].1 else {
            return Some(());
        };
        for register in &self.touched {
            let register = usize::from(*register);
            if let (Some(old), Some(new)) = (known.get_mut(register), self.registers.get(register)) {
                let joined = self.arena.join(*old, *new);
                if joined != *old {
                    *old = joined;
                    self.pending.insert(handler);
                }
            }
        }
        self.spend(1 + self.touched.len())
    }
}

fn switch_targets<'a>(code: &Code<'a>, insn: &Insn) -> impl Iterator<Item = u32> + 'a {
    let at = insn.at;
    let branches = insn
        .target()
        .and_then(|table| switch_branches(code.insns(), insn.op, table));
    branches
        .into_iter()
        .flatten()
        .filter_map(move |branch| at.checked_add_signed(branch))
}
