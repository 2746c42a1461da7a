//! What one method does to the nodes.

use rustc_hash::FxHashMap;

use crate::ir::{At, Body, Call, ClassId, Constant, Dispatch, MethodId, Stmt};
use crate::lower::lower;
use crate::program::NONE;
use crate::sets::Element;
use crate::types::{OriginSet, Origins, MANY, NOTHING, PARAM};

use super::{NodeId, Operand, Site, Solver, ESCAPED, NO_OPERAND};

/// A statement and the origins of what it uses.
struct Use {
    at: At,
    first: usize,
    count: usize,
}

/// The nodes of one method's values.
#[derive(Default)]
struct Local {
    by_origin: FxHashMap<u32, NodeId>,
    by_set: FxHashMap<OriginSet, Operand>,
    /// Casts whose node does not know yet what is cast.
    casts: Vec<(At, NodeId)>,
}

impl Solver<'_, '_> {
    /// Takes up a method that may run.
    pub(super) fn enter(&mut self, method: MethodId) {
        let body = match self.bodies.remove(&method) {
            Some(body) => body,
            None => match lower(self.tables, self.rows, &mut self.budgets, method) {
                Ok(Some(lowered)) => {
                    self.spots.dynamic += lowered.dynamic;
                    lowered.body
                }
                Ok(None) => return self.note_bodiless(method),
                Err(_) => {
                    self.spots.faulty += 1;
                    return;
                }
            },
        };
        let size = body.stmts.len() as u64;
        match self.statements.checked_sub(size) {
            Some(left) if self.steps > 0 => self.statements = left,
            _ => {
                self.spots.budget += 1;
                return;
            }
        }
        let mut origins = std::mem::take(&mut self.origins);
        let mut uses = Vec::new();
        let mut flat = Vec::new();
        let most = 64 * size + 400_000;
        let found = origins.find(&body, most, |at, stmt, state| {
            note(at, stmt, state, &mut uses, &mut flat)
        });
        match found {
            Some(steps) => {
                self.spend(steps);
                self.connect(method, &body, &origins, &uses, &flat);
                self.bodies.insert(method, body);
            }
            None => self.spots.budget += 1,
        }
        self.origins = origins;
    }

    fn note_bodiless(&mut self, method: MethodId) {
        const NATIVE: u32 = 0x100;
        if self
            .tables
            .definition(method)
            .is_some_and(|(_, def)| def.access & NATIVE != 0)
        {
            self.spots.native += 1;
        }
    }

    fn connect(
        &mut self,
        method: MethodId,
        body: &Body,
        origins: &Origins,
        uses: &[Use],
        flat: &[OriginSet],
    ) {
        let mut local = Local::default();
        for used in uses {
            let Some(stmt) = body.stmts.get(used.at as usize) else {
                continue;
            };
            let sets = flat.get(used.first..used.first + used.count).unwrap_or_default();
            let mut operand = |solver: &mut Self, number: usize| match sets.get(number) {
                Some(set) => solver.operand(method, body, origins, &mut local, *set),
                None => NO_OPERAND,
            };
            match stmt {
                Stmt::New { class, .. } => self.make(*class),
                Stmt::Store { field, .. } | Stmt::StoreStatic { field, .. } => {
                    let from = operand(self, 0);
                    if let Some(node) = self.field_node(*field) {
                        self.pass(from, node);
                    }
                    if let Some(&listener) = self.listener_of.get(field) {
                        self.listened.push((method, listener, from.node));
                    } else if *field == self.rows.escaped {
                        self.listened.push((method, ESCAPED, from.node));
                    }
                }
                Stmt::StoreElement { .. } => {
                    let from = operand(self, 1);
                    let kinds = self.array_kinds(method, body, origins, sets.first().copied());
                    for kind in kinds {
                        if let Some(node) = self.element_node(kind) {
                            self.pass(from, node);
                        }
                    }
                }
                Stmt::LoadElement { .. } => {
                    // The origin of what is read is this statement; the arrays are known only here.
                    let kinds = self.array_kinds(method, body, origins, sets.first().copied());
                    let node = self.loaded(&mut local, used.at, &kinds);
                    for kind in kinds {
                        if let Some(from) = self.element_node(kind) {
                            self.link(from, node);
                        }
                    }
                }
                Stmt::Return { .. } => {
                    let from = operand(self, 0);
                    if let Some(node) = self.result(method) {
                        self.pass(from, node);
                    }
                }
                Stmt::Call(call) => {
                    let args: Vec<Operand> = (0..sets.len()).map(|number| operand(self, number)).collect();
                    let result = self.call_result(&mut local, used.at, call);
                    self.call(method, used.at, call, args, result);
                }
                _ => {}
            }
        }
        while let Some((at, node)) = local.casts.pop() {
            let before = origins.casts.get(&at).copied().unwrap_or(NOTHING);
            let from = self.operand(method, body, origins, &mut local, before);
            self.pass(from, node);
        }
    }

    /// The node of a set of origins.
    fn operand(
        &mut self,
        method: MethodId,
        body: &Body,
        origins: &Origins,
        local: &mut Local,
        set: OriginSet,
    ) -> Operand {
        if set == NOTHING {
            return NO_OPERAND;
        }
        if let Some(&known) = local.by_set.get(&set) {
            return known;
        }
        let all = origins.origins(set);
        let unknown = all.iter().any(|origin| *origin >= MANY);
        let mut nodes: Vec<NodeId> = Vec::new();
        for &origin in all {
            if let Some(node) = self.origin(method, body, local, origin) {
                nodes.push(node);
            }
        }
        let node = match nodes.as_slice() {
            [] => NONE,
            [one] => *one,
            _ => {
                let node = self.node(self.tables.object);
                for from in nodes {
                    self.link(from, node);
                }
                node
            }
        };
        let operand = Operand { node, unknown };
        local.by_set.insert(set, operand);
        operand
    }

    fn origin(&mut self, method: MethodId, body: &Body, local: &mut Local, origin: u32) -> Option<NodeId> {
        if let Some(&node) = local.by_origin.get(&origin) {
            return (node != NONE).then_some(node);
        }
        if origin >= MANY {
            return None;
        }
        if origin >= PARAM {
            return self.param(method, origin - PARAM);
        }
        let node = match body.stmts.get(origin as usize)? {
            Stmt::New { class, .. } => Some(match self.thing(method, origin, *class) {
                Some(thing) => self.constant(Element::Object(thing)),
                None => self.constant(Element::Exact(*class)),
            }),
            Stmt::Const {
                value: Constant::Text(text),
                ..
            } => Some(self.constant(Element::Text(*text))),
            Stmt::Const {
                value: Constant::Class(class),
                ..
            } => Some(self.constant(Element::Class(*class))),
            Stmt::Load { field, .. } | Stmt::LoadStatic { field, .. } => self.field_node(*field),
            Stmt::LoadElement { .. } => Some(self.node(self.tables.object)),
            Stmt::Catch { .. } => {
                let class = self.tables.class_named(0, "Ljava/lang/Throwable;");
                Some(self.constant(Element::Any(class)))
            }
            Stmt::Call(call) => {
                let kind = self.return_kind(call.method);
                kind.map(|kind| self.node(kind))
            }
            Stmt::Cast { class, .. } => {
                let node = self.node(*class);
                // What is cast may come from this very cast, or from many before it.
                local.casts.push((origin, node));
                Some(node)
            }
            _ => None,
        };
        local.by_origin.insert(origin, node.unwrap_or(NONE));
        node
    }

    fn loaded(&mut self, local: &mut Local, at: At, kinds: &[ClassId]) -> NodeId {
        let object = self.tables.object;
        let node = match local.by_origin.get(&at) {
            Some(&node) if node != NONE => node,
            _ => self.node(object),
        };
        local.by_origin.insert(at, node);
        if kinds.is_empty() {
            self.add_element(node, Element::Any(object));
        }
        node
    }

    fn call_result(&mut self, local: &mut Local, at: At, call: &Call) -> NodeId {
        if call.to.is_none() {
            return NONE;
        }
        if let Some(&node) = local.by_origin.get(&at) {
            return node;
        }
        let node = match self.return_kind(call.method) {
            Some(kind) => self.node(kind),
            None => NONE,
        };
        local.by_origin.insert(at, node);
        node
    }

    /// The array types that a local may have.
    fn array_kinds(
        &mut self,
        method: MethodId,
        body: &Body,
        origins: &Origins,
        set: Option<OriginSet>,
    ) -> Vec<ClassId> {
        let mut kinds = Vec::new();
        for &origin in origins.origins(set.unwrap_or(NOTHING)) {
            let kind = match body.stmts.get(origin as usize) {
                _ if origin >= MANY => None,
                _ if origin >= PARAM => {
                    let node = self.param(method, origin - PARAM);
                    node.map(|node| self.nodes[node as usize].kind)
                }
                Some(Stmt::New { class, .. } | Stmt::Cast { class, .. }) => Some(*class),
                Some(Stmt::Load { field, .. } | Stmt::LoadStatic { field, .. }) => {
                    let node = self.field_node(*field);
                    node.map(|node| self.nodes[node as usize].kind)
                }
                Some(Stmt::Call(call)) => self.return_kind(call.method),
                _ => None,
            };
            kinds.extend(kind);
        }
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// The node of what arrays of a type hold; none for numbers.
    fn element_node(&mut self, kind: ClassId) -> Option<NodeId> {
        if let Some(&node) = self.elements.get(&kind) {
            return Some(node);
        }
        let text = self.tables.class_text(kind).strip_prefix('[')?.to_owned();
        if !text.starts_with(['L', '[']) {
            return None;
        }
        let name = self.tables.names.made(text);
        let class = self.reference(kind, name)?;
        let node = self.node(class);
        self.elements.insert(kind, node);
        Some(node)
    }

    fn call(&mut self, method: MethodId, at: At, call: &Call, args: Vec<Operand>, result: NodeId) {
        let Some(row) = self.tables.method_row(call.method).copied() else {
            return;
        };
        let special = self.special(call.method);
        let foreign = self
            .tables
            .class_row(row.class)
            .is_none_or(|class| class.def.is_none());
        let made = self.tables.defined_at(row.class, row.sig).is_some();
        if result != NONE && (foreign || special.is_some()) && !made {
            let kind = self.nodes[result as usize].kind;
            if special.is_none_or(|special| special.keeps_type()) {
                self.add_element(result, Element::Any(kind));
            }
        }
        let virtually = call.dispatch == Dispatch::Virtual;
        if virtually || special.is_some() {
            let receiver = args.first().copied().unwrap_or(NO_OPERAND);
            let site = self.sites.len() as u32;
            self.sites.push(Site {
                method,
                at,
                class: row.class,
                sig: row.sig,
                args: args.clone(),
                result,
                special,
                targets: Vec::new(),
                groups: Vec::new(),
                settled: foreign && receiver.node == NONE,
            });
            let heard: &[Operand] = if special.is_some() {
                &args
            } else {
                &args[..args.len().min(1)]
            };
            for (number, operand) in heard.iter().enumerate() {
                let Some(node) = self.nodes.get_mut(operand.node as usize) else {
                    continue;
                };
                if heard[..number].iter().any(|before| before.node == operand.node) {
                    continue;
                }
                node.sites.push(site);
                // What is new to the node is told to all its sites when its turn comes.
                let (set, done) = (node.set, node.done);
                let known = match node.queued {
                    true => done,
                    false => set,
                };
                let known = self.sets.elements(known).to_vec();
                self.hear(site, operand.node, &known);
            }
            if virtually && receiver.unknown {
                let fresh = [Element::Any(row.class)];
                self.hear(site, receiver.node, &fresh);
            }
            if special.is_some() {
                self.judge(site);
            }
            if virtually {
                return;
            }
        }
        if self.runs(call.method) {
            self.direct.push((method, at, call.method));
            self.reach(call.method);
            for (number, arg) in args.iter().enumerate() {
                if let Some(node) = self.param(call.method, number as u32) {
                    self.pass(*arg, node);
                }
            }
            if result != NONE {
                if let Some(node) = self.result(call.method) {
                    self.link(node, result);
                }
            }
        } else if result != NONE && !foreign {
            // Native methods.
            let kind = self.nodes[result as usize].kind;
            self.add_element(result, Element::Any(kind));
            self.reach(call.method);
        } else if !foreign {
            self.reach(call.method);
        }
    }

    /// Whether a method has a body, lowered or made.
    fn runs(&self, method: MethodId) -> bool {
        match self.tables.definition(method) {
            Some((_, def)) => def.code != 0,
            None => self.bodies.contains_key(&method) || self.seen.contains(&method),
        }
    }
}

/// Notes what a statement uses, when that concerns the nodes.
fn note(at: At, stmt: &Stmt, state: &[OriginSet], uses: &mut Vec<Use>, flat: &mut Vec<OriginSet>) {
    let first = flat.len();
    let mut take = |local: u32| flat.push(state.get(local as usize).copied().unwrap_or(NOTHING));
    match stmt {
        Stmt::New { .. } => {}
        Stmt::Store { from, .. } | Stmt::StoreStatic { from, .. } => take(*from),
        Stmt::StoreElement { array, from, .. } => {
            take(*array);
            take(*from);
        }
        Stmt::LoadElement { array, .. } => take(*array),
        Stmt::Return { value: Some(value) } => take(*value),
        Stmt::Call(call) => call.args.iter().for_each(|arg| take(*arg)),
        _ => return,
    }
    let count = flat.len() - first;
    uses.push(Use { at, first, count });
}
