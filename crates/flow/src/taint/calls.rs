//! Into the bodies that a call may run, and back.

use super::fact::{Base, Elem, Fact, WHOLE};
use super::forth::Outcome;
use super::run::{Here, Run, NONE};
use super::view::View;
use crate::ir::{At, Call, ClassId, Dispatch, Local, MethodId, Stmt};
use crate::models::above;

impl Run<'_, '_> {
    pub(crate) fn call(&mut self, here: Here, view: &View<'_>, call: &Call, fact: Fact, out: &mut Outcome) {
        let scope = self.scope;
        let callee = scope.callee(call.method);
        if fact.until.is_none() {
            self.sinks(here, call, fact);
        }
        let targets = scope.program.targets(here.method, here.at);
        // An initialiser runs once: mostly it has run before.
        let begins = scope.program.method_name(call.method).name == "<clinit>";
        let mut through = !targets.is_empty() && !begins;
        let held = call.args.iter().any(|arg| fact.base == Base::Local(*arg));
        for target in self.chosen(here, call, fact) {
            through &= self.enter(here, call, target, fact);
        }
        self.decided_class(here, call, fact);
        out.keeps = call.to.is_none_or(|to| fact.base != Base::Local(to));
        let comes_back = match fact.base {
            Base::Local(_) => held && fact.path != 0,
            Base::Static(_) | Base::Store(..) => true,
            _ => false,
        };
        if through && comes_back {
            out.keeps = false;
        }
        match callee.and_then(|callee| callee.effects.as_ref()) {
            Some(effects) => self.effects(here, view, call, effects, fact, out),
            None if targets.is_empty() => self.unknown(call, fact, out),
            None => {}
        }
        if let (Base::Control(_), Some(to)) = (fact.base, call.to) {
            out.gain(fact.at(Base::Local(to), 0));
        }
    }

    /// The bodies that the call may run for this fact: where the class of the receiver is known, those of this class only.
    pub(crate) fn chosen(&self, here: Here, call: &Call, fact: Fact) -> Vec<MethodId> {
        let program = self.scope.program;
        let targets = program.targets(here.method, here.at);
        let receiver = call.args.first().map(|receiver| Base::Local(*receiver));
        let made =
            call.dispatch == Dispatch::Static && program.method_name(call.method).name.starts_with('$');
        if receiver != Some(fact.base) || call.dispatch == Dispatch::Static && !made {
            return targets.to_vec();
        }
        if let Some(class) = fact.made.filter(|_| call.dispatch == Dispatch::Virtual) {
            let mut found = Vec::new();
            above(program, class, |class| {
                let own = targets
                    .iter()
                    .filter(|target| program.method_name(**target).class == class);
                found.extend(own);
                !found.is_empty()
            });
            if !found.is_empty() {
                return found;
            }
        }
        // An object with this field is of a class that has it.
        let Some((Elem::Field(field), _)) = self.facts.split(fact.path) else {
            return targets.to_vec();
        };
        let class = program.field_name(field).class;
        if !program.defines(class) {
            return targets.to_vec();
        }
        let fits = |target: &&MethodId| self.scope.is_related(class, program.method_name(**target).class);
        targets.iter().filter(fits).copied().collect()
    }

    /// The class of the object that a constructor was called for, when it was made in the same method.
    fn made_by(&self, call: &Call, (context, at): (u32, At), view: &View<'_>, arg: Local) -> Option<ClassId> {
        let scope = self.scope;
        let constructs =
            call.args.first() == Some(&arg) && scope.program.method_name(call.method).name == "<init>";
        // Within a constructor the call is for the class below.
        let caller = self.contexts[context as usize].method;
        let inside = scope.program.method_name(caller).name == "<init>" && view.params.first() == Some(&arg);
        (constructs && !inside)
            .then(|| super::constant::made_before(view, at, arg))
            .flatten()
    }

    /// With a class that a tainted branch chose, the call chooses what runs.
    fn decided_class(&mut self, here: Here, call: &Call, fact: Fact) {
        let scope = self.scope;
        let receiver = call.args.first().map(|receiver| Base::Local(*receiver));
        let targets = scope.program.targets(here.method, here.at);
        if !scope.query.implicit || targets.len() < 2 || fact.path != 0 || receiver != Some(fact.base) {
            return;
        }
        for &target in targets {
            let control = fact.at(Base::Control(WHOLE), 0);
            self.enter(here, call, target, control);
        }
    }

    /// Hands a fact to a body; whether what the base stands for comes back by its end.
    fn enter(&mut self, here: Here, call: &Call, target: MethodId, fact: Fact) -> bool {
        let scope = self.scope;
        let Some(view) = scope.view(target) else {
            return false;
        };
        // What this very call will have tainted may be so anywhere below it.
        let until = fact.until.filter(|until| *until != (here.method, here.at));
        let fact = Fact { until, ..fact };
        let mut entered = Vec::new();
        match fact.base {
            Base::Local(local) => {
                let step = self.facts.split(fact.path).map(|(head, _)| head);
                if !self.concerns(step, target) {
                    return false;
                }
                for (arg, param) in call.args.iter().zip(&view.params) {
                    if *arg == local {
                        entered.push(fact.named(Base::Local(*param)));
                    }
                }
            }
            Base::Static(_) | Base::Store(..) => {
                if !self.touches(fact.base, target) {
                    return false;
                }
                entered.push(fact);
                self.handed(target, view, fact, &mut entered);
            }
            Base::Control(_) => entered.push(fact.at(Base::Control(WHOLE), 0)),
            Base::Zero | Base::Thrown => {}
        }
        for fact in entered {
            let number = self.facts.number(fact);
            let context = self.context(target, number, false);
            self.emit(context, view.entry, fact, here.edge, NONE);
            self.join(context, here);
        }
        true
    }

    /// What a callback gets from a store.
    fn handed(&mut self, target: MethodId, view: &View<'_>, fact: Fact, entered: &mut Vec<Fact>) {
        let scope = self.scope;
        let effects = scope.callee(target).and_then(|callee| callee.effects.as_ref());
        for enter in effects.iter().flat_map(|effects| &effects.enters) {
            if let Some(path) = self.in_store(target, &enter.from, fact) {
                if let Some(&param) = view.params.get(enter.param) {
                    entered.push(fact.at(Base::Local(param), path));
                }
            }
        }
    }

    /// Notes that a call entered a context, and returns what is known of its ends.
    pub(crate) fn join(&mut self, context: u32, here: Here) {
        let incoming = (here.context, here.at, here.edge);
        let known = &mut self.contexts[context as usize];
        known.incoming.push(incoming);
        let (ends, heads) = (known.ends.clone(), known.heads.clone());
        for (end, thrown) in ends {
            self.come_back(incoming, end, thrown);
        }
        for head in heads {
            self.go_up(incoming, head);
        }
    }

    /// A fact at the end of a method.
    pub(crate) fn end(&mut self, here: Here, thrown: bool) {
        let scope = self.scope;
        let context = &mut self.contexts[here.context as usize];
        context.ends.push((here.edge, thrown));
        let incoming = context.incoming.clone();
        let unbalanced = context.fact == 0 && !context.backward;
        for call in incoming {
            self.come_back(call, here.edge, thrown);
        }
        if unbalanced {
            for &(caller, at) in scope.program.callers(here.method) {
                let context = self.context(caller, 0, false);
                self.come_back((context, at, NONE), here.edge, thrown);
            }
        }
    }

    fn come_back(&mut self, incoming: (u32, At, u32), end: u32, thrown: bool) {
        let scope = self.scope;
        let (context, at, call_edge) = incoming;
        let ended = self.edges[end as usize];
        let inner = &self.contexts[ended.context as usize];
        let (callee, entered, backward) = (inner.method, inner.fact, inner.backward);
        let caller = self.contexts[context as usize].method;
        let (Some(view), Some(inside)) = (scope.view(caller), scope.view(callee)) else {
            return;
        };
        let Stmt::Call(call) = view.stmt(at) else {
            return;
        };
        let fact = self.facts.fact(ended.fact);
        if !backward && fact.until.is_some_and(|until| until.0 == callee) {
            return;
        }
        let until = fact.until.filter(|until| *until != (caller, at));
        let fact = Fact { until, ..fact };
        let mut back: Vec<(Fact, bool)> = Vec::new();
        match fact.base {
            Base::Local(local) => {
                if let (Stmt::Return { value: Some(value) }, Some(to)) = (inside.stmt(ended.at), call.to) {
                    if *value == local && !thrown {
                        back.push((fact.named(Base::Local(to)), false));
                    }
                }
                let fresh = ended.fact != entered || backward;
                for (param, arg) in inside.params.iter().zip(&call.args) {
                    let kept = call.to != Some(*arg) && (fact.path != 0 || entered == 0);
                    if *param == local && kept {
                        let made = fact
                            .made
                            .or_else(|| self.made_by(call, (context, at), view, *arg));
                        let fact = Fact { made, ..fact };
                        back.push((fact.named(Base::Local(*arg)), fresh));
                    }
                }
            }
            Base::Static(field) => {
                back.push((fact, ended.fact != entered && !scope.is_for_objects(field)));
            }
            Base::Store(..) | Base::Thrown => back.push((fact, false)),
            Base::Control(_) => {
                let returns = matches!(inside.stmt(ended.at), Stmt::Return { value: Some(_) });
                if let (true, Some(to)) = (returns, call.to) {
                    back.push((fact.at(Base::Local(to), 0), false));
                }
            }
            Base::Zero => {}
        }
        let here = Here {
            edge: self.edges.len() as u32,
            context,
            method: caller,
            at,
        };
        let next = view.next(at);
        let after = if thrown {
            &next[view.ordinary(at).min(next.len())..]
        } else {
            next
        };
        for (fact, place) in back {
            if fact.base == Base::Thrown {
                self.return_edge(context, at, fact, (call_edge, end));
                continue;
            }
            for &at in after {
                self.return_edge(context, at, fact, (call_edge, end));
            }
            if place {
                let here = Here { edge: end, ..here };
                self.look_for_names(here, view, fact);
            }
        }
    }

    fn return_edge(&mut self, context: u32, at: At, fact: Fact, (call, end): (u32, u32)) {
        self.emit(context, at, fact, call, end);
    }

    /// Whether the call hands a tainted value to a sink.
    fn sinks(&mut self, here: Here, call: &Call, fact: Fact) {
        let scope = self.scope;
        let Some(callee) = scope.callee(call.method) else {
            return;
        };
        if scope.is_outside(here.method) {
            return;
        }
        for &number in &callee.sinks {
            let sink = &scope.query.sinks[number as usize];
            let counts = |argument: Option<usize>| match argument {
                None => sink.receiver,
                Some(number) => sink
                    .arguments
                    .as_ref()
                    .is_none_or(|all| all.iter().any(|one| usize::from(*one) == number)),
            };
            if self.is_handed(call, fact, counts, false) {
                self.strike(here, number, fact.marks);
            }
        }
        if let Some(party) = scope.handed_to(here.method, callee) {
            // Code of the package reads fields of whatever objects it gets.
            if self.is_handed(call, fact, |argument| argument.is_some(), true) {
                self.strike(here, scope.query.sinks.len() as u32 + party, fact.marks);
            }
        }
    }

    /// Whether one of the arguments that count (the receiver has no number) is, or holds, what is tainted.
    fn is_handed(&self, call: &Call, fact: Fact, counts: impl Fn(Option<usize>) -> bool, any: bool) -> bool {
        let receiver = usize::from(call.dispatch != crate::ir::Dispatch::Static);
        let proto = self.scope.program.method_name(call.method).proto;
        match fact.base {
            Base::Control(_) => true,
            Base::Local(local) => call.args.iter().enumerate().any(|(number, arg)| {
                *arg == local
                    && counts(number.checked_sub(receiver))
                    && self.is_inside(fact, any || takes_any(proto, number, receiver))
            }),
            _ => false,
        }
    }

    /// Whether all of the path is inside of what the platform can see; fields of the package count where `any` object is taken.
    pub(crate) fn is_inside(&self, fact: Fact, any: bool) -> bool {
        self.facts.steps(fact.path).all(|step| match step {
            Elem::Field(field) => {
                any || !self
                    .scope
                    .program
                    .defines(self.scope.program.field_name(field).class)
            }
            Elem::Item(_) | Elem::Keys => true,
        })
    }
}

/// Whether a parameter takes objects of any class, whose fields are then read by reflection or serialization.
fn takes_any(proto: &str, number: usize, receiver: usize) -> bool {
    let Some(number) = number.checked_sub(receiver) else {
        return false;
    };
    let mut rest = proto.trim_start_matches('(');
    for _ in 0..number {
        rest = rest.trim_start_matches('[');
        rest = match rest.strip_prefix('L') {
            Some(name) => name.split_once(';').map_or("", |(_, rest)| rest),
            None => rest.get(1..).unwrap_or(""),
        };
    }
    let rest = rest.trim_start_matches('[');
    [
        "Ljava/lang/Object;",
        "Ljava/io/Serializable;",
        "Landroid/os/Parcelable;",
        "Landroid/os/Message;",
        "Landroid/content/Intent;",
    ]
    .iter()
    .any(|kind| rest.starts_with(kind))
}
