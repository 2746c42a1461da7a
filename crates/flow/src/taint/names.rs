//! Backwards, in search of other names of a place that was tainted.

use super::fact::{Base, Elem, Fact};
use super::run::{Here, Run, NONE};
use super::view::{written_by, View};
use crate::ir::{At, Call, Local, MethodId, Stmt};

/// Stands for the result of a method in the fact that it is entered with from its end.
const RESULT: Local = Local::MAX;

impl Run<'_, '_> {
    /// Goes back over the statement of an edge: the fact names a place after it.
    pub(crate) fn back(&mut self, here: Here, view: &View<'_>, fact: Fact) {
        let stmt = view.stmt(here.at);
        let is = |local: Local| fact.base == Base::Local(local);
        let mut before: Vec<Fact> = Vec::new();
        let mut keeps = written_by(stmt).is_none_or(|to| !is(to));
        let mut reads = false;
        match *stmt {
            Stmt::Move { to, from } => {
                if is(to) {
                    before.push(fact.named(Base::Local(from)));
                }
                reads = is(from);
            }
            Stmt::Load { to, object, field } => {
                if is(to) {
                    let path = self.facts.before(Elem::Field(field), fact.path);
                    before.push(fact.at(Base::Local(object), path));
                }
                reads = is(object);
            }
            Stmt::Store { object, field, from } => {
                if is(object) {
                    keeps = !self.is_overwritten(fact, Elem::Field(field));
                    before.extend(self.stored(fact, Elem::Field(field), from));
                }
                reads = is(from);
            }
            // Nearly everything may be in there: other names of it say nothing.
            Stmt::LoadStatic { to, field } if is(to) && self.scope.is_for_objects(field) => {
                let kept = fact.named(Base::Static(field));
                self.emit(here.context, here.at, kept, here.edge, NONE);
            }
            Stmt::LoadStatic { to, field } => {
                if is(to) {
                    before.push(fact.named(Base::Static(field)));
                }
                reads = fact.base == Base::Static(field);
            }
            Stmt::StoreStatic { field, from } => {
                if fact.base == Base::Static(field) {
                    keeps = self.scope.is_many(field);
                    if !keeps || self.may_be_stored(here, view, fact, from) {
                        before.push(fact.named(Base::Local(from)));
                    }
                }
                reads = is(from);
            }
            Stmt::LoadElement { to, array, index } => {
                if is(to) {
                    let item = self.item(here, view, index);
                    let path = self.facts.before(item, fact.path);
                    before.push(fact.at(Base::Local(array), path));
                }
                reads = is(array);
            }
            Stmt::StoreElement { array, index, from } => {
                if is(array) {
                    let item = self.item(here, view, index);
                    before.extend(self.stored(fact, item, from));
                    keeps &= item == Elem::Item(None) || !self.is_overwritten(fact, item);
                }
                reads = is(from);
            }
            Stmt::Call(ref call) => {
                reads = call.args.iter().any(|arg| is(*arg));
                self.back_over_call(here, view, call, fact, &mut before);
            }
            _ => {}
        }
        if reads && keeps {
            self.emit(here.context, here.at, fact, here.edge, NONE);
        }
        for found in &before {
            self.emit(here.context, here.at, *found, here.edge, NONE);
        }
        if keeps {
            before.push(fact);
        }
        for found in before {
            self.go_back(here.context, view, here.at, found, here.edge);
        }
    }

    /// Whether an object that was stored among many may be the one whose field is named.
    fn may_be_stored(&self, here: Here, view: &View<'_>, fact: Fact, from: Local) -> bool {
        let Some((Elem::Field(field), _)) = self.facts.split(fact.path) else {
            return true;
        };
        let class = self.scope.program.field_name(field).class;
        !self.scope.program.defines(class)
            || super::constant::made_before(view, here.at, from)
                .is_none_or(|made| self.scope.is_related(made, class))
    }

    /// The name of what was stored there.
    fn stored(&mut self, fact: Fact, elem: Elem, from: Local) -> Option<Fact> {
        self.facts.split(fact.path)?;
        let path = self.facts.behind(fact.path, elem)?;
        (path != 0).then(|| fact.at(Base::Local(from), path))
    }

    /// Hands a name to the statements before, or to the callers where there are none.
    fn go_back(&mut self, context: u32, view: &View<'_>, at: At, fact: Fact, from: u32) {
        for &before in view.before(at) {
            self.emit_back(context, before, fact, from);
        }
        if at == view.entry && self.contexts[context as usize].backward {
            // The edge that goes up must hold the fact itself.
            let head = self.edges.len() as u32;
            self.emit_back(context, At::MAX, fact, from);
            if head < self.edges.len() as u32 {
                let known = &mut self.contexts[context as usize];
                known.heads.push(head);
                let incoming = known.incoming.clone();
                for call in incoming {
                    self.go_up(call, head);
                }
            }
        }
    }

    /// A name at the start of a method that was entered from its end.
    pub(crate) fn go_up(&mut self, incoming: (u32, At, u32), head: u32) {
        let scope = self.scope;
        let (context, at, _) = incoming;
        let edge = self.edges[head as usize];
        let callee = self.contexts[edge.context as usize].method;
        let caller = self.contexts[context as usize].method;
        let (Some(view), Some(inside)) = (scope.view(caller), scope.view(callee)) else {
            return;
        };
        let Stmt::Call(call) = view.stmt(at) else {
            return;
        };
        let fact = self.facts.fact(edge.fact);
        let mut found = Vec::new();
        match fact.base {
            Base::Local(local) => {
                for (param, arg) in inside.params.iter().zip(&call.args) {
                    if *param == local {
                        found.push(fact.named(Base::Local(*arg)));
                    }
                }
            }
            Base::Static(_) => found.push(fact),
            _ => {}
        }
        for fact in found {
            self.emit(context, at, fact, head, NONE);
            self.go_back(context, view, at, fact, head);
        }
    }

    fn back_over_call(
        &mut self,
        here: Here,
        view: &View<'_>,
        call: &Call,
        fact: Fact,
        before: &mut Vec<Fact>,
    ) {
        let scope = self.scope;
        let effects = scope
            .callee(call.method)
            .and_then(|callee| callee.effects.as_ref());
        if let Some(effects) = effects {
            before.extend(self.names_before(here, view, call, effects, fact));
        }
        for target in self.chosen(here, call, fact) {
            self.back_into(here, call, target, fact);
        }
    }

    /// Enters a body from its end.
    fn back_into(&mut self, here: Here, call: &Call, target: MethodId, fact: Fact) {
        let scope = self.scope;
        let Some(view) = scope.view(target) else {
            return;
        };
        let step = self.facts.split(fact.path).map(|(head, _)| head);
        if !self.concerns(step, target) {
            return;
        }
        let mut entered = Vec::new();
        match fact.base {
            Base::Local(local) => {
                if call.to == Some(local) {
                    entered.push(fact.named(Base::Local(RESULT)));
                }
                for (arg, param) in call.args.iter().zip(&view.params) {
                    if *arg == local && call.to != Some(local) {
                        entered.push(fact.named(Base::Local(*param)));
                    }
                }
            }
            Base::Static(_) if self.fills(fact.base, target) => entered.push(fact),
            _ => {}
        }
        for fact in entered {
            let number = self.facts.number(fact);
            let context = self.context(target, number, true);
            for at in 0..view.len() {
                let Stmt::Return { value } = view.stmt(at) else {
                    continue;
                };
                let fact = match (fact.base, value) {
                    (Base::Local(RESULT), Some(value)) => fact.named(Base::Local(*value)),
                    (Base::Local(RESULT), None) => continue,
                    _ => fact,
                };
                self.emit_back(context, at, fact, here.edge);
            }
            self.join(context, here);
        }
    }
}
