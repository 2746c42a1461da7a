//! Forwards over the statements of one method.

use super::fact::{Base, Elem, Fact, Known, PathId};
use super::run::{Here, Run, NONE};
use super::view::{written_by, View};
use crate::ir::{At, Constant, FieldId, Local, Stmt};

/// What follows from one fact over one statement.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Whether the fact itself still holds.
    pub keeps: bool,
    /// New facts; whether they are of a place that may have other names.
    pub gains: Vec<(Fact, bool)>,
}

impl Outcome {
    pub(crate) fn gain(&mut self, fact: Fact) {
        self.gains.push((fact, false));
    }

    pub(crate) fn gain_place(&mut self, fact: Fact) {
        self.gains.push((fact, true));
    }
}

impl Run<'_, '_> {
    /// Goes over the statement of an edge.
    pub(crate) fn forth(&mut self, here: Here, view: &View<'_>, fact: Fact) {
        if fact.base == Base::Thrown {
            return self.thrown(here, view, fact);
        }
        if let Base::Control(end) = fact.base {
            if end == here.at {
                return;
            }
        }
        let mut outcome = Outcome {
            keeps: true,
            gains: Vec::new(),
        };
        let stmt = view.stmt(here.at);
        match stmt {
            Stmt::Call(call) => self.call(here, view, call, fact, &mut outcome),
            Stmt::Return { .. } => return self.end(here, false),
            Stmt::Throw { value } => {
                if fact.base == Base::Local(*value) {
                    self.emit(
                        here.context,
                        here.at,
                        fact.at(Base::Thrown, fact.path),
                        here.edge,
                        NONE,
                    );
                }
                if view.next(here.at).is_empty() {
                    return self.end(here, true);
                }
            }
            _ => self.plain(here, view, stmt, fact, &mut outcome),
        }
        self.pass(here, view, fact, outcome);
    }

    /// Hands what follows to the next statements.
    fn pass(&mut self, here: Here, view: &View<'_>, fact: Fact, outcome: Outcome) {
        let passed = |fact: Fact| match fact.until {
            Some(until) if until == (here.method, here.at) => Fact { until: None, ..fact },
            _ => fact,
        };
        let next = view.next(here.at);
        let ordinary = view.ordinary(here.at).min(next.len());
        let edge = |run: &mut Self, at: At, fact: Fact| {
            run.emit(here.context, at, fact, here.edge, NONE);
        };
        for &at in &next[..ordinary] {
            if outcome.keeps {
                edge(self, at, passed(fact));
            }
            for (gain, _) in &outcome.gains {
                edge(self, at, passed(*gain));
            }
        }
        // Nearly every statement may throw: only one that does is a decision.
        let decides =
            matches!(fact.base, Base::Control(_)) && !matches!(view.stmt(here.at), Stmt::Throw { .. });
        for &at in &next[ordinary..] {
            if !decides {
                edge(self, at, fact);
            }
        }
        for (gain, place) in outcome.gains {
            if place {
                self.look_for_names(here, view, gain);
            }
        }
    }

    /// An exception on its way out of the statement.
    fn thrown(&mut self, here: Here, view: &View<'_>, fact: Fact) {
        if let Stmt::Catch { to } = view.stmt(here.at) {
            for &at in view.next(here.at) {
                self.emit(
                    here.context,
                    at,
                    fact.at(Base::Local(*to), fact.path),
                    here.edge,
                    NONE,
                );
            }
            return;
        }
        let next = view.next(here.at);
        let handlers = &next[view.ordinary(here.at).min(next.len())..];
        if handlers.is_empty() {
            self.end(here, true);
        }
        for &at in handlers {
            if matches!(view.stmt(at), Stmt::Catch { .. }) {
                self.emit(here.context, at, fact, here.edge, NONE);
            }
        }
    }

    fn plain(&mut self, here: Here, view: &View<'_>, stmt: &Stmt, fact: Fact, out: &mut Outcome) {
        out.keeps = written_by(stmt).is_none_or(|to| fact.base != Base::Local(to));
        let is = |local: Local| fact.base == Base::Local(local);
        match *stmt {
            Stmt::Move { to, from } if is(from) => out.gain(fact.named(Base::Local(to))),
            Stmt::Compute { to, from } if from.contains(&local_of(fact.base)) && fact.path == 0 => {
                out.gain(fact.at(Base::Local(to), 0));
            }
            Stmt::Load { to, object, field } if is(object) => {
                if let Some(path) = self.in_field(fact, field) {
                    out.gain(fact.at(Base::Local(to), path));
                }
            }
            Stmt::Store { object, field, from } => {
                if is(object) && self.is_overwritten(fact, Elem::Field(field)) {
                    out.keeps = false;
                }
                if is(from) {
                    let path = self.facts.before(Elem::Field(field), fact.path);
                    out.gain_place(fact.at(Base::Local(object), path));
                }
            }
            Stmt::LoadStatic { to, field } if fact.base == Base::Static(field) => {
                out.gain(fact.named(Base::Local(to)));
            }
            Stmt::StoreStatic { field, from } => {
                out.keeps = fact.base != Base::Static(field) || self.scope.is_many(field);
                if is(from) && (!self.scope.is_for_objects(field) || self.is_of_package(fact)) {
                    out.gain_place(fact.named(Base::Static(field)));
                }
            }
            // What a table holds under a tainted index is the value in another writing.
            Stmt::LoadElement { to, index, .. } if is(index) && fact.path == 0 => {
                out.gain(fact.at(Base::Local(to), 0));
            }
            Stmt::LoadElement { to, array, index } if is(array) => {
                let item = self.item(here, view, index);
                if let Some(path) = self.facts.behind(fact.path, item) {
                    out.gain(fact.at(Base::Local(to), path));
                }
            }
            Stmt::StoreElement { array, index, from } if is(array) || is(from) => {
                let item = self.item(here, view, index);
                if is(array) && item != Elem::Item(None) && self.is_overwritten(fact, item) {
                    out.keeps = false;
                }
                if is(from) {
                    let path = self.facts.before(item, fact.path);
                    out.gain_place(fact.at(Base::Local(array), path));
                }
            }
            Stmt::Branch { on }
                if self.scope.query.implicit
                    && fact.path == 0
                    && fact.until.is_none()
                    && on.contains(&local_of(fact.base)) =>
            {
                out.gain(fact.at(Base::Control(view.meets(here.at)), 0));
            }
            _ => {}
        }
        if let Base::Control(_) = fact.base {
            self.decide(here, view, stmt, fact, out);
        }
    }

    /// A statement that runs only because of a tainted value.
    fn decide(&mut self, here: Here, view: &View<'_>, stmt: &Stmt, fact: Fact, out: &mut Outcome) {
        match *stmt {
            Stmt::Const { to, .. } | Stmt::Move { to, .. } | Stmt::Compute { to, .. } => {
                out.gain(fact.at(Base::Local(to), 0));
            }
            Stmt::Load { to, .. }
            | Stmt::LoadStatic { to, .. }
            | Stmt::LoadElement { to, .. }
            | Stmt::New { to, .. } => {
                out.gain(fact.at(Base::Local(to), 0));
            }
            Stmt::Store { object, field, .. } => {
                let path = self.facts.before(Elem::Field(field), 0);
                out.gain_place(fact.at(Base::Local(object), path));
            }
            Stmt::StoreStatic { field, .. } => out.gain(fact.at(Base::Static(field), 0)),
            Stmt::StoreElement { array, index, .. } => {
                let item = self.item(here, view, index);
                let path = self.facts.before(item, 0);
                out.gain_place(fact.at(Base::Local(array), path));
            }
            _ => {}
        }
    }

    /// What a field of the object holds; what a platform's object was given may be in any of its fields.
    fn in_field(&self, fact: Fact, field: FieldId) -> Option<PathId> {
        match self.facts.split(fact.path) {
            Some((Elem::Item(None), rest)) => {
                let class = self.scope.program.field_name(field).class;
                (!self.scope.program.defines(class)).then_some(rest)
            }
            _ => self.facts.behind(fact.path, Elem::Field(field)),
        }
    }

    /// Whether the base is an object with a field of the package.
    fn is_of_package(&self, fact: Fact) -> bool {
        let step = self.facts.split(fact.path);
        matches!(step, Some((Elem::Field(field), _)) if self.scope.program.defines(self.scope.program.field_name(field).class))
    }

    /// Whether a store to this step ends the fact. A place that will only be tainted later stays the same place.
    pub(crate) fn is_overwritten(&self, fact: Fact, elem: Elem) -> bool {
        if matches!(elem, Elem::Field(field) if self.scope.is_many(field)) {
            return false;
        }
        self.facts
            .split(fact.path)
            .is_some_and(|(head, rest)| head == elem && (rest != 0 || fact.until.is_none()))
    }

    /// The step to what is under an index.
    pub(crate) fn item(&mut self, here: Here, view: &View<'_>, index: Local) -> Elem {
        Elem::Item(match self.known(here, view, index) {
            Some(Known::Constant(Constant::Class(_))) | None => None,
            known => known,
        })
    }
}

/// The local of a base, none when it is of another kind.
fn local_of(base: Base) -> Option<Local> {
    match base {
        Base::Local(local) => Some(local),
        // No operand is like this.
        _ => Some(Local::MAX),
    }
}
