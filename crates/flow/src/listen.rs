//! Which component hears what: listeners run in the life of the component whose code registers them.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::draft::Draft;
use crate::graph::{Edges, Solver, ESCAPED};
use crate::heard::run_listeners;
use crate::ir::{ClassId, MethodId, Stmt};
use crate::life::Lives;
use crate::query::Kind;

/// Methods that the searches may visit, of all components together.
const MOST_VISITS: u64 = 50_000_000;

/// What a search needs of each method, so that a body is looked through once for all components.
struct Facts {
    /// Positions among the methods with facts.
    targets: Vec<u32>,
    made: Vec<ClassId>,
    /// Where something is registered: as which listener, and the node of the object.
    registers: Vec<(usize, u32)>,
}

/// What one component reaches.
#[derive(Default)]
struct Reach {
    /// Number of the search, from 1.
    search: u32,
    queue: Vec<u32>,
    made: FxHashSet<ClassId>,
    registered: Vec<(usize, u32)>,
    heard: FxHashMap<(usize, usize), Vec<MethodId>>,
    known: FxHashSet<(usize, usize, MethodId)>,
}

/// Lets each component run the listeners that code registers which it reaches.
pub(crate) fn listen(solver: &mut Solver<'_, '_>, lives: &Lives, edges: &mut Edges) {
    let all = lives.components.iter().map(|component| component.2);
    let others: FxHashSet<MethodId> = all.chain(lives.layouts).collect();
    let mut methods = Methods::new(solver, edges, &others);
    let (mut visits, mut search) = (MOST_VISITS, 0);
    // What the application and its providers make lives as long as the app.
    let mut lasting = FxHashSet::default();
    let lasts = |kind| matches!(kind, Kind::Application | Kind::Provider);
    let mut components: Vec<(Kind, MethodId)> = lives.components.iter().map(|row| (row.0, row.2)).collect();
    components.extend(lives.layouts.map(|layouts| (Kind::Activity, layouts)));
    components.sort_by_key(|component| !lasts(component.0));
    for (kind, life) in components {
        let Some(&callbacks) = lives.callbacks.get(&life) else {
            continue;
        };
        search += 1;
        let mut reach = Reach::new(search, lasting.clone());
        reach.see(&mut methods, life);
        loop {
            reach.follow(&mut methods, &mut visits);
            if visits == 0 {
                solver.spots.budget += 1;
                break;
            }
            if !reach.hear(solver, &mut methods) {
                break;
            }
        }
        if lasts(kind) {
            lasting = reach.made;
        }
        write(solver, edges, callbacks, reach.heard);
    }
    if let Some(general) = lives.listeners {
        edges.forget(general);
        solver.bodies.remove(&general);
    }
}

/// All methods with bodies, under running numbers.
struct Methods {
    numbers: FxHashMap<MethodId, u32>,
    facts: Vec<Facts>,
    /// The last search that saw each method, counted from 1.
    seen: Vec<u32>,
}

impl Methods {
    fn new(solver: &mut Solver<'_, '_>, edges: &Edges, others: &FxHashSet<MethodId>) -> Self {
        let mut all: Vec<MethodId> = solver.bodies.keys().copied().collect();
        all.sort_unstable();
        let numbers: FxHashMap<MethodId, u32> = all.iter().copied().zip(0..).collect();
        let mut registers: FxHashMap<MethodId, Vec<(usize, u32)>> = FxHashMap::default();
        for (method, listener, node) in std::mem::take(&mut solver.listened) {
            registers.entry(method).or_default().push((listener, node));
        }
        let facts = all.iter().map(|method| {
            let stmts = solver.bodies.get(method).map_or(&[][..], |body| &body.stmts);
            let mut made: Vec<ClassId> = Vec::new();
            for stmt in stmts {
                if let Stmt::New { class, .. } = stmt {
                    made.push(*class);
                }
            }
            made.sort_unstable();
            made.dedup();
            let targets = edges.calls(*method).flat_map(|call| call.1);
            let targets = targets.filter(|target| !others.contains(target));
            let mut targets: Vec<u32> = targets
                .filter_map(|target| numbers.get(target))
                .copied()
                .collect();
            targets.sort_unstable();
            targets.dedup();
            Facts {
                targets,
                made,
                registers: registers.remove(method).unwrap_or_default(),
            }
        });
        Methods {
            facts: facts.collect(),
            seen: vec![0; all.len()],
            numbers,
        }
    }
}

impl Reach {
    fn new(search: u32, made: FxHashSet<ClassId>) -> Self {
        Reach {
            search,
            made,
            ..Reach::default()
        }
    }

    fn see(&mut self, methods: &mut Methods, method: MethodId) {
        if let Some(&number) = methods.numbers.get(&method) {
            self.see_number(&mut methods.seen, number);
        }
    }

    fn see_number(&mut self, seen: &mut [u32], number: u32) {
        if let Some(slot) = seen.get_mut(number as usize).filter(|slot| **slot != self.search) {
            *slot = self.search;
            self.queue.push(number);
        }
    }

    fn follow(&mut self, methods: &mut Methods, visits: &mut u64) {
        while let Some(number) = self.queue.pop() {
            *visits = visits.saturating_sub(1);
            if *visits == 0 {
                return;
            }
            if let Some(facts) = methods.facts.get(number as usize) {
                self.made.extend(&facts.made);
                self.registered.extend(&facts.registers);
                for target in &facts.targets {
                    self.see_number(&mut methods.seen, *target);
                }
            }
        }
    }

    /// Runs what is registered, as far as it is made; gives whether that leads further.
    fn hear(&mut self, solver: &mut Solver<'_, '_>, methods: &mut Methods) -> bool {
        self.registered.sort_unstable();
        self.registered.dedup();
        for (listener, node) in self.registered.clone() {
            for (number, target) in solver.heard_by(node, listener, &self.made) {
                if self.known.insert((listener, number, target)) {
                    self.heard.entry((listener, number)).or_default().push(target);
                    self.see(methods, target);
                }
            }
        }
        !self.queue.is_empty()
    }
}

fn write(
    solver: &mut Solver<'_, '_>,
    edges: &mut Edges,
    callbacks: MethodId,
    mut heard: FxHashMap<(usize, usize), Vec<MethodId>>,
) {
    let mut escaped = heard.remove(&(ESCAPED, 0)).unwrap_or_default();
    escaped.retain(|target| solver.bodies.contains_key(target));
    escaped.sort_unstable();
    let mut which: Vec<usize> = heard.keys().map(|key| key.0).collect();
    which.sort_unstable();
    which.dedup();
    let Some(body) = solver.bodies.remove(&callbacks) else {
        return;
    };
    let mut draft = Draft::over(body);
    let calls = run_listeners(&mut draft, solver.tables, solver.rows, &which, &escaped);
    for (at, method) in calls.escaped {
        edges.set(callbacks, at, vec![method]);
    }
    for (at, listener, number) in calls.listeners {
        let mut targets = heard.remove(&(listener, number)).unwrap_or_default();
        targets.retain(|target| solver.bodies.contains_key(target));
        edges.set(callbacks, at, targets);
    }
    solver.bodies.insert(callbacks, draft.finish());
}
