//! What calls into the platform do to facts, by the models.

use super::fact::{Base, Elem, Fact, Known, PathId};
use super::forth::Outcome;
use super::run::{Here, Run};
use super::scope::Scope;
use super::view::View;
use crate::ir::{Call, Constant, Local, MethodId};
use crate::models::{Access, Effects, Named, Origin, Place};

impl Run<'_, '_> {
    /// What the rows of the called method say.
    pub(crate) fn effects(
        &mut self,
        here: Here,
        view: &View<'_>,
        call: &Call,
        effects: &Effects,
        fact: Fact,
        out: &mut Outcome,
    ) {
        if effects.flows.is_empty() {
            self.test(call, fact, out);
        }
        for place in &effects.clears {
            if self.is_cleared(here, view, call, place, fact) {
                out.keeps = false;
            }
        }
        for flow in &effects.flows {
            let path = match fact.base {
                Base::Control(_) => Some(0),
                _ => self.read(here, view, call, &flow.from, fact),
            };
            let Some(path) = path else { continue };
            let marked = Fact {
                marks: fact.marks | flow.marks,
                ..fact
            };
            self.write(here, view, call, &flow.to, (marked, path), out);
        }
    }

    /// The truth value that a method tells of what it was given: a branch on it tells too.
    fn test(&self, call: &Call, fact: Fact, out: &mut Outcome) {
        let proto = self.scope.program.method_name(call.method).proto;
        let held = matches!(fact.base, Base::Local(local) if call.args.contains(&local));
        if let (Some(to), true, true) = (call.to, held && self.scope.query.implicit, proto.ends_with(")Z")) {
            if self.is_inside(fact, false) {
                out.gain(fact.at(Base::Local(to), 0));
            }
        }
    }

    /// A method without a row: the receiver and the result take what receiver and arguments hold.
    pub(crate) fn unknown(&mut self, call: &Call, fact: Fact, out: &mut Outcome) {
        let Some(callee) = self.scope.callee(call.method) else {
            return;
        };
        let Base::Local(local) = fact.base else {
            return;
        };
        if !call.args.contains(&local) || !self.is_inside(fact, false) {
            return;
        }
        if let (Some(to), true) = (call.to, callee.fills_result || self.scope.query.implicit) {
            out.gain(fact.at(Base::Local(to), 0));
        }
        let receiver = Scope::argument(call, Origin::This);
        if let (Some(this), true) = (receiver, callee.fills_receiver) {
            if this != local {
                let path = self.facts.before(Elem::Item(None), 0);
                out.gain_place(fact.at(Base::Local(this), path));
            }
        }
    }

    /// The path behind a place, when the fact may be there.
    pub(crate) fn read(
        &mut self,
        here: Here,
        view: &View<'_>,
        call: &Call,
        place: &Place,
        fact: Fact,
    ) -> Option<PathId> {
        let starts = match place.origin {
            Origin::Store(kind) => match fact.base {
                Base::Store(other, name) => {
                    other == kind && self.is_named(here, view, call, place.named, name)
                }
                _ => false,
            },
            _ => {
                let Base::Local(local) = fact.base else {
                    return None;
                };
                locals(call, place.origin).contains(&local)
            }
        };
        if !starts {
            return None;
        }
        let mut path = fact.path;
        for access in &place.access {
            let elem = self.step(here, view, call, *access);
            path = self.facts.behind(path, elem)?;
        }
        if place.deep {
            let rest = fact.at(fact.base, path);
            return self.is_inside(rest, place.deeper).then_some(0);
        }
        Some(path)
    }

    fn is_named(
        &mut self,
        here: Here,
        view: &View<'_>,
        call: &Call,
        named: Named,
        name: Option<Known>,
    ) -> bool {
        let Some(name) = name else { return true };
        match named {
            Named::Any => true,
            Named::Of(origin) => {
                let local = Scope::argument(call, origin);
                let known = local.and_then(|local| self.known(here, view, local));
                known.is_none_or(|known| known == name)
            }
            Named::Known(origin) => {
                let local = Scope::argument(call, origin);
                local.and_then(|local| self.known(here, view, local)) == Some(name)
            }
            Named::Here => match name {
                Known::Constant(Constant::Class(class)) => self.scope.is_here(here.method, class),
                _ => true,
            },
            Named::To => false,
        }
    }

    /// The path that a callback gets of what is in a store.
    pub(crate) fn in_store(&mut self, method: MethodId, place: &Place, fact: Fact) -> Option<PathId> {
        let (Origin::Store(kind), Base::Store(other, name)) = (place.origin, fact.base) else {
            return None;
        };
        let here = match (place.named, name) {
            (Named::Here, Some(Known::Constant(Constant::Class(class)))) => self.scope.is_here(method, class),
            _ => true,
        };
        (kind == other && here).then_some(fact.path)
    }

    fn step(&mut self, here: Here, view: &View<'_>, call: &Call, access: Access) -> Elem {
        match access {
            Access::Any => Elem::Item(None),
            Access::Keys => Elem::Keys,
            Access::Index(number) => Elem::Item(Some(Known::Constant(Constant::Number(i64::from(number))))),
            Access::Field(number) => match self.scope.field(number) {
                Some(field) => Elem::Field(field),
                None => Elem::Keys,
            },
            Access::Under(number) => match Scope::argument(call, Origin::Arg(number)) {
                Some(local) => Elem::Item(self.known(here, view, local)),
                None => Elem::Item(None),
            },
        }
    }

    fn write(
        &mut self,
        here: Here,
        view: &View<'_>,
        call: &Call,
        place: &Place,
        (fact, path): (Fact, PathId),
        out: &mut Outcome,
    ) {
        let mut path = path;
        for access in place.access.iter().rev() {
            let elem = self.step(here, view, call, *access);
            path = self.facts.before(elem, path);
        }
        if let Origin::Store(kind) = place.origin {
            for name in self.names(here, view, call, place.named) {
                out.gain(fact.at(Base::Store(kind, name), path));
            }
            return;
        }
        let is_place = place.origin != Origin::Result;
        for local in locals(call, place.origin) {
            let gained = fact.at(Base::Local(local), path);
            if is_place {
                out.gain_place(gained);
            } else {
                out.gain(gained);
            }
        }
    }

    fn names(&mut self, here: Here, view: &View<'_>, call: &Call, named: Named) -> Vec<Option<Known>> {
        match named {
            Named::Any | Named::Here => vec![None],
            Named::Of(origin) => {
                let local = Scope::argument(call, origin);
                vec![local.and_then(|local| self.known(here, view, local))]
            }
            Named::Known(origin) => {
                let local = Scope::argument(call, origin);
                let known = local.and_then(|local| self.known(here, view, local));
                known.map(Some).into_iter().collect()
            }
            Named::To => {
                let targets = self.scope.program.intent_targets(here.method, here.at);
                targets.iter().map(|class| Some(Known::from(*class))).collect()
            }
        }
    }

    fn is_cleared(&mut self, here: Here, view: &View<'_>, call: &Call, place: &Place, fact: Fact) -> bool {
        match (place.origin, fact.base) {
            (Origin::Store(kind), Base::Store(other, Some(name))) if kind == other => {
                let (Named::Of(origin) | Named::Known(origin)) = place.named else {
                    return false;
                };
                let local = Scope::argument(call, origin);
                if local.and_then(|local| self.known(here, view, local)) != Some(name) {
                    return false;
                }
            }
            (Origin::Store(_), _) => return false,
            (origin, Base::Local(local)) if locals(call, origin).contains(&local) => {}
            _ => return false,
        }
        let Some(access) = place.access.first() else {
            return true;
        };
        let elem = self.step(here, view, call, *access);
        let Some((head, _)) = self.facts.split(fact.path) else {
            return false;
        };
        match access {
            Access::Any => matches!(head, Elem::Item(_) | Elem::Keys),
            _ => elem != Elem::Item(None) && head == elem,
        }
    }

    /// The facts whose value a fact stands for, backwards over the rows: where a name of the place can come from.
    pub(crate) fn names_before(
        &mut self,
        here: Here,
        view: &View<'_>,
        call: &Call,
        effects: &Effects,
        fact: Fact,
    ) -> Vec<Fact> {
        let mut found = Vec::new();
        for flow in &effects.flows {
            if flow.from.deep || flow.marks != 0 || matches!(flow.to.origin, Origin::Store(_)) {
                continue;
            }
            let Some(mut path) = self.read(here, view, call, &flow.to, fact) else {
                continue;
            };
            if path == 0 {
                continue;
            }
            for access in flow.from.access.iter().rev() {
                let elem = self.step(here, view, call, *access);
                path = self.facts.before(elem, path);
            }
            if let Origin::Store(kind) = flow.from.origin {
                for name in self.names(here, view, call, flow.from.named) {
                    found.push(fact.at(Base::Store(kind, name), path));
                }
                continue;
            }
            for local in locals(call, flow.from.origin) {
                found.push(fact.at(Base::Local(local), path));
            }
        }
        found
    }
}

/// The locals that an origin stands for.
fn locals(call: &Call, origin: Origin) -> Vec<Local> {
    match origin {
        Origin::Result => call.to.into_iter().collect(),
        Origin::Args => {
            let receiver = usize::from(call.dispatch != crate::ir::Dispatch::Static);
            call.args.iter().skip(receiver).copied().collect()
        }
        _ => Scope::argument(call, origin).into_iter().collect(),
    }
}
