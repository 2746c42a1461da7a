//! One run: all facts that follow from one source site.

use std::collections::VecDeque;
use std::time::Instant;

use rustc_hash::{FxHashMap, FxHashSet};

use super::fact::{Base, Elem, Fact, FactId, Facts, Known};
use super::query::What;
use super::scope::{Lasting, Scope, Start, Touching};
use super::view::View;
use crate::ir::{At, Call, FieldId, Local, MethodId, Stmt};
use crate::models::Origin;

/// No edge.
pub(crate) const NONE: u32 = u32::MAX;

/// A fact that holds before a statement (for edges backwards: a name that is meant after it), in one context.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub context: u32,
    pub at: At,
    pub fact: FactId,
    pub backward: bool,
    /// The edge this one follows from.
    pub from: u32,
    /// For returns the edge at the end of the callee.
    pub end: u32,
}

/// A method entered with one fact.
#[derive(Debug)]
pub(crate) struct Context {
    pub method: MethodId,
    /// 0 when the method was never entered: the source is in it or below it.
    pub fact: FactId,
    /// Entered from its end, in search of names.
    pub backward: bool,
    /// Context, statement and edge of the calls.
    pub incoming: Vec<(u32, At, u32)>,
    /// Edges at the end; whether it is by an exception.
    pub ends: Vec<(u32, bool)>,
    /// Edges backwards that came to the start.
    pub heads: Vec<u32>,
}

/// A tainted value at a sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Hit {
    pub edge: u32,
    pub method: MethodId,
    pub at: At,
    pub sink: u32,
    pub marks: u8,
}

/// Statements that may taint one name of a place later.
const MOST_REASONS: u8 = 3;
/// How often a fact may be derived again, for each step of the budget.
const WORK: usize = 64;
/// Steps between two looks at the clock.
const STEPS_A_LOOK: u64 = 256;

/// One run.
pub(crate) struct Run<'s, 'p> {
    pub scope: &'s Scope<'p>,
    pub facts: Facts,
    pub contexts: Vec<Context>,
    context_of: FxHashMap<(MethodId, FactId, bool), u32>,
    pub edges: Vec<Edge>,
    /// Edges that are still to be gone on from.
    tainted: VecDeque<u32>,
    names: VecDeque<u32>,
    seen: FxHashSet<(u32, At, FactId, bool)>,
    reasons: FxHashMap<(u32, At, FactId, bool), u8>,
    /// Whether one field may stand behind another.
    typed: FxHashMap<(FieldId, FieldId), bool>,
    constants: FxHashMap<(MethodId, At, Local), Option<Known>>,
    pub hits: Vec<Hit>,
    hit: FxHashSet<(MethodId, At, u32, u8)>,
    limit: usize,
    /// When the run must end; none: the clock is not looked at.
    deadline: Option<Instant>,
    /// Facts derived, also those known before.
    pub work: usize,
    /// Methods that touch what lasts, as far as asked for.
    pub touching: FxHashMap<Lasting, Touching>,
    /// Whether the budget ended the run.
    pub cut: bool,
}

/// Where an edge is processed.
#[derive(Clone, Copy)]
pub(crate) struct Here {
    pub edge: u32,
    pub context: u32,
    pub method: MethodId,
    pub at: At,
}

impl<'s, 'p> Run<'s, 'p> {
    /// A run of at most `limit` steps that ends by the deadline.
    pub(crate) fn new(scope: &'s Scope<'p>, limit: u64, deadline: Option<Instant>) -> Self {
        Run {
            scope,
            facts: Facts::new(scope.query.depth.min(16)),
            contexts: Vec::new(),
            context_of: FxHashMap::default(),
            edges: Vec::new(),
            tainted: VecDeque::new(),
            names: VecDeque::new(),
            seen: FxHashSet::default(),
            reasons: FxHashMap::default(),
            typed: FxHashMap::default(),
            constants: FxHashMap::default(),
            hits: Vec::new(),
            hit: FxHashSet::default(),
            limit: usize::try_from(limit)
                .unwrap_or(usize::MAX)
                .min(NONE as usize - 1),
            deadline,
            work: 0,
            touching: FxHashMap::default(),
            cut: false,
        }
    }

    /// Follows the source; the steps taken.
    pub(crate) fn follow(&mut self, start: Start) -> u64 {
        let context = self.context(start.method, 0, false);
        self.seed(start, context);
        let mut steps = 0;
        // What is tainted goes first: a search for names never keeps a flow from being found.
        while let Some(next) = self.tainted.pop_front().or_else(|| self.names.pop_front()) {
            let Some(&edge) = self.edges.get(next as usize) else {
                break;
            };
            let looks = steps % STEPS_A_LOOK == 0;
            if looks && self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                self.cut = true;
                break;
            }
            let here = Here {
                edge: next,
                context: edge.context,
                method: self.contexts[edge.context as usize].method,
                at: edge.at,
            };
            if let Some(view) = self.scope.view(here.method) {
                let fact = self.facts.fact(edge.fact);
                if edge.backward {
                    self.back(here, view, fact);
                } else {
                    self.forth(here, view, fact);
                }
            }
            steps += 1;
        }
        steps
    }

    fn seed(&mut self, start: Start, context: u32) {
        let Some(view) = self.scope.view(start.method) else {
            return;
        };
        let row = &self.scope.query.sources[start.source as usize];
        let zero = self.facts.fact(0);
        if let What::Parameter(number) = row.what {
            let is_static = !self.has_receiver(start.method, view);
            let number = usize::from(number) + usize::from(!is_static);
            if let Some(&param) = view.params.get(number) {
                self.emit(context, view.entry, zero.at(Base::Local(param), 0), NONE, NONE);
            }
            return;
        }
        let here = Here {
            edge: NONE,
            context,
            method: start.method,
            at: start.at,
        };
        let local = match (&row.what, view.stmt(start.at)) {
            (What::Result, Stmt::Call(call)) if self.conditions_hold(here, view, call, &row.when) => call.to,
            (What::Receiver, Stmt::Call(call)) if self.conditions_hold(here, view, call, &row.when) => {
                Scope::argument(call, Origin::This)
            }
            (What::Argument(number), Stmt::Call(call))
                if self.conditions_hold(here, view, call, &row.when) =>
            {
                Scope::argument(call, Origin::Arg(*number))
            }
            (What::Field, Stmt::Load { to, .. } | Stmt::LoadStatic { to, .. }) => Some(*to),
            _ => None,
        };
        if let (Some(local), Some(&next)) = (local, view.next(start.at).first()) {
            self.emit(context, next, zero.at(Base::Local(local), 0), NONE, NONE);
        }
    }

    /// Whether the first parameter is the receiver: there is one more than the prototype lists.
    fn has_receiver(&self, method: MethodId, view: &View<'_>) -> bool {
        let proto = self.scope.program.method_name(method).proto;
        view.params.len() > parameters(proto)
    }

    fn conditions_hold(
        &mut self,
        here: Here,
        view: &View<'_>,
        call: &Call,
        when: &[super::query::When],
    ) -> bool {
        when.iter().all(|when| {
            let local = Scope::argument(call, Origin::Arg(when.argument));
            let known = local.and_then(|local| self.known(here, view, local));
            match known {
                Some(known) => super::constant::describes(self.scope, known, when),
                None => {
                    let text = self.scope.told(here.method, here.at, when.argument);
                    text.is_some_and(|text| super::constant::begins(text, when))
                }
            }
        })
    }

    /// The number of the method entered with a fact.
    pub(crate) fn context(&mut self, method: MethodId, fact: FactId, backward: bool) -> u32 {
        let next = self.contexts.len() as u32;
        let number = *self.context_of.entry((method, fact, backward)).or_insert(next);
        if number == next {
            self.contexts.push(Context {
                method,
                fact,
                backward,
                incoming: Vec::new(),
                ends: Vec::new(),
                heads: Vec::new(),
            });
        }
        number
    }

    /// The constant a local holds before the statement.
    pub(crate) fn known(&mut self, here: Here, view: &View<'_>, local: Local) -> Option<Known> {
        let scope = self.scope;
        *self
            .constants
            .entry((here.method, here.at, local))
            .or_insert_with(|| super::constant::known_before(scope, view, here.at, local))
    }

    /// Adds an edge.
    pub(crate) fn emit(&mut self, context: u32, at: At, fact: Fact, from: u32, end: u32) {
        self.add(context, at, fact, (from, end), false);
    }

    /// Adds an edge backwards.
    pub(crate) fn emit_back(&mut self, context: u32, at: At, fact: Fact, from: u32) {
        self.add(context, at, fact, (from, NONE), true);
    }

    fn add(&mut self, context: u32, at: At, fact: Fact, (from, end): (u32, u32), backward: bool) {
        // What was read out of a place before its taint is another value.
        if fact.until.is_some() && fact.path == 0 {
            return;
        }
        if !self.is_typed(fact) {
            return;
        }
        self.work += 1;
        if self.edges.len() >= self.limit || self.work > self.limit.saturating_mul(WORK) {
            self.cut = true;
            return;
        }
        let number = self.facts.number(fact);
        if fact.until.is_some() && !self.is_worth(context, at, (number, fact), backward) {
            return;
        }
        let fact = number;
        if self.seen.insert((context, at, fact, backward)) {
            let next = self.edges.len() as u32;
            if backward || self.facts.fact(fact).until.is_some() {
                self.names.push_back(next);
            } else {
                self.tainted.push_back(next);
            }
            self.edges.push(Edge {
                context,
                at,
                fact,
                backward,
                from,
                end,
            });
        }
    }

    /// Whether what a field is declared to hold may have the field that the path goes on with.
    fn is_typed(&mut self, fact: Fact) -> bool {
        let Some((Elem::Field(field), rest)) = self.facts.split(fact.path) else {
            return true;
        };
        let Some((Elem::Field(next), _)) = self.facts.split(rest) else {
            return true;
        };
        let scope = self.scope;
        *self
            .typed
            .entry((field, next))
            .or_insert_with(|| scope.may_hold(field, next))
    }

    /// Whether an alias that is not tainted yet says anything new: not where the place is tainted already, nor where enough
    /// statements are known that will taint it.
    fn is_worth(&mut self, context: u32, at: At, (number, fact): (FactId, Fact), backward: bool) -> bool {
        let active = self.facts.number(Fact { until: None, ..fact });
        if !backward && self.seen.contains(&(context, at, active, false)) {
            return false;
        }
        if self.seen.contains(&(context, at, number, backward)) {
            return true;
        }
        let reasons = self.reasons.entry((context, at, active, backward)).or_default();
        *reasons = reasons.saturating_add(1);
        *reasons <= MOST_REASONS
    }

    /// Remembers that a tainted value comes to a sink.
    pub(crate) fn strike(&mut self, here: Here, sink: u32, marks: u8) {
        if self.hit.insert((here.method, here.at, sink, marks)) {
            self.hits.push(Hit {
                edge: here.edge,
                method: here.method,
                at: here.at,
                sink,
                marks,
            });
        }
    }

    /// Looks for other names of a place that was tainted by the statement.
    pub(crate) fn look_for_names(&mut self, here: Here, view: &View<'_>, fact: Fact) {
        if fact.path == 0 || matches!(fact.base, Base::Store(..)) {
            return;
        }
        let until = fact.until.or(Some((here.method, here.at)));
        for &before in view.before(here.at) {
            self.emit_back(here.context, before, Fact { until, ..fact }, here.edge);
        }
    }
}

/// How many parameters a prototype lists.
pub(crate) fn parameters(proto: &str) -> usize {
    let mut count = 0;
    let mut bytes = proto.bytes().skip(1);
    while let Some(byte) = bytes.next() {
        match byte {
            b')' => break,
            b'[' => {}
            b'L' => {
                count += 1;
                bytes.by_ref().find(|byte| *byte == b';');
            }
            _ => count += 1,
        }
    }
    count
}
