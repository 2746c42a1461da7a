//! The call graph as it stands when nothing new is learnt.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::{At, ClassId, MethodId};

use crate::sets::{Element, EMPTY};

use super::special::Special;
use super::{Solver, ESCAPED};

/// Which call leads where.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    /// For each caller its calls that lead to bodies, in order of their positions, with the number of a list.
    calls: FxHashMap<MethodId, Vec<(At, u32)>>,
    lists: Vec<Box<[MethodId]>>,
    numbers: FxHashMap<Box<[MethodId]>, u32>,
    callers: FxHashMap<MethodId, Vec<(MethodId, At)>>,
    /// Calls that start components, with their classes.
    aims: FxHashMap<(MethodId, At), Vec<ClassId>>,
}

impl Edges {
    /// Says which methods a call leads to, each once and in ascending order.
    pub(crate) fn set(&mut self, caller: MethodId, at: At, mut targets: Vec<MethodId>) {
        targets.sort_unstable();
        targets.dedup();
        if targets.is_empty() {
            return;
        }
        let targets = targets.into_boxed_slice();
        let fresh = self.lists.len() as u32;
        let number = match self.numbers.get(&targets) {
            Some(&number) => number,
            None => {
                self.numbers.insert(targets.clone(), fresh);
                self.lists.push(targets);
                fresh
            }
        };
        self.calls.entry(caller).or_default().push((at, number));
    }

    /// The components that a call starts, in ascending order.
    pub(crate) fn aims(&self, caller: MethodId, at: At) -> &[ClassId] {
        self.aims.get(&(caller, at)).map_or(&[], |classes| classes)
    }

    /// Leaves out what a method calls.
    pub(crate) fn forget(&mut self, caller: MethodId) {
        self.calls.remove(&caller);
    }

    /// Puts the calls of each method in order and turns them round.
    pub(crate) fn close(&mut self) {
        self.numbers = FxHashMap::default();
        self.callers.clear();
        let mut callers: Vec<MethodId> = self.calls.keys().copied().collect();
        callers.sort_unstable();
        for caller in callers {
            let Some(calls) = self.calls.get_mut(&caller) else {
                continue;
            };
            calls.sort_unstable();
            for (at, list) in calls.iter() {
                for target in self.lists.get(*list as usize).into_iter().flatten() {
                    self.callers.entry(*target).or_default().push((caller, *at));
                }
            }
        }
    }

    /// The methods that a call leads to, in ascending order.
    pub(crate) fn targets(&self, caller: MethodId, at: At) -> &[MethodId] {
        let Some(calls) = self.calls.get(&caller) else {
            return &[];
        };
        let list = calls
            .binary_search_by_key(&at, |call| call.0)
            .ok()
            .and_then(|position| self.lists.get(calls[position].1 as usize));
        list.map_or(&[], |list| list)
    }

    /// The calls of a method that lead to bodies: position and methods.
    pub(crate) fn calls(&self, caller: MethodId) -> impl Iterator<Item = (At, &[MethodId])> {
        let calls = self.calls.get(&caller).into_iter().flatten();
        calls.map(|(at, list)| (*at, self.lists.get(*list as usize).map_or(&[][..], |list| list)))
    }

    /// The calls that may run a method, in ascending order.
    pub(crate) fn callers(&self, method: MethodId) -> &[(MethodId, At)] {
        self.callers.get(&method).map_or(&[], |callers| callers)
    }
}

impl Solver<'_, '_> {
    /// The edges found; `close` is left to whoever adds the last.
    pub(crate) fn edges(&mut self) -> Edges {
        let mut all: FxHashMap<(MethodId, At), Vec<MethodId>> = FxHashMap::default();
        for (caller, at, target) in std::mem::take(&mut self.direct) {
            all.entry((caller, at)).or_default().push(target);
        }
        let mut edges = Edges::default();
        for site in &self.sites {
            if let Some(Special::Start(_)) = site.special {
                let classes = site
                    .targets
                    .iter()
                    .filter_map(|target| self.tables.method_row(*target));
                let mut classes: Vec<ClassId> = classes.map(|row| row.class).collect();
                classes.sort_unstable();
                edges.aims.insert((site.method, site.at), classes);
            }
            let blown = |target: &MethodId| {
                let mut groups = site.groups.iter().map(|group| &self.groups[*group as usize]);
                groups.any(|group| group.blown && group.targets.contains(target))
            };
            let targets = site.targets.iter().filter(|target| !blown(target));
            let targets = targets.filter(|target| self.bodies.contains_key(target));
            all.entry((site.method, site.at)).or_default().extend(targets);
        }
        let mut keys: Vec<(MethodId, At)> = all.keys().copied().collect();
        keys.sort_unstable();
        for (caller, at) in keys {
            let mut targets = all.remove(&(caller, at)).unwrap_or_default();
            targets.retain(|target| self.bodies.contains_key(target));
            if targets.len() > self.limits.targets {
                self.spots.wide += 1;
                continue;
            }
            edges.set(caller, at, targets);
        }
        edges
    }

    /// The classes of `made` that a node may hold objects of, in ascending order.
    fn held(&mut self, node: u32, named: Option<ClassId>, made: &FxHashSet<ClassId>) -> Vec<ClassId> {
        let set = self.nodes.get(node as usize).map_or(EMPTY, |node| node.set);
        let mut held = Vec::new();
        for element in self.sets.elements(set).to_vec() {
            match element {
                Element::Exact(class) => held.push(class),
                Element::Any(class) => {
                    let class = match named {
                        Some(named) if !self.tables.is_a(class, named) => named,
                        _ => class,
                    };
                    let below = self.made_below.get(&class).map_or(&[][..], |below| below);
                    if below.len() < made.len() {
                        held.extend(below);
                    } else {
                        held.extend(made.iter().filter(|made| self.tables.is_a(**made, class)));
                    }
                }
                _ => {}
            }
        }
        held.retain(|class| made.contains(class));
        held.sort_unstable();
        held.dedup();
        held
    }

    /// What may be called for objects that a node may hold, of classes that are `made`: for each method of a listener
    /// those that run.
    pub(crate) fn heard_by(
        &mut self,
        node: u32,
        listener: usize,
        made: &FxHashSet<ClassId>,
    ) -> Vec<(usize, MethodId)> {
        let mut found = Vec::new();
        if listener == ESCAPED {
            for class in self.held(node, None, made) {
                found.extend(self.hooks_of(class).into_iter().map(|method| (0, method)));
            }
        } else if let Some(row) = self.rows.listeners.get(listener) {
            let methods = row.methods.clone();
            let named = methods
                .first()
                .and_then(|(method, _)| self.tables.method_row(*method));
            let named = named.map(|row| row.class);
            for class in self.held(node, named, made) {
                for (number, (method, _)) in methods.iter().enumerate() {
                    let sig = self.tables.method_row(*method).map(|row| row.sig);
                    if let Some(target) = sig.and_then(|sig| self.tables.dispatch(class, sig)) {
                        found.push((number, target));
                    }
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
