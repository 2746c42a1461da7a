//! When code runs and on whose behalf: from which component, in which phase, by which calls, behind which guard.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::asked::Asked;
use crate::guard::{Guard, Guards, Weight, WEIGHTS};
use crate::ir::{At, MethodId, Program, Stmt};
use crate::life::Lives;
use crate::query::{AppQuery, Kind, Listener};
use crate::rows::RowTables;
use crate::spots::Spots;

/// Methods all searches may visit together.
const MOST_VISITS: u64 = 50_000_000;
/// Ways of one place, phase and kind of component; at the start of the app as many without a guard and with one of each weight.
const MOST_WAYS: u32 = 4;
/// Text all chains may hold together, in bytes.
const MOST_TEXT: usize = 32 << 20;

/// When code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// When the app starts, before anybody has touched anything.
    AppStart,
    /// From a screen.
    Ui,
    /// Without a screen.
    Background,
}

/// A place in the code that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Number of the method, as `dex::find` gives it.
    pub method_id: u32,
    /// Code unit.
    pub unit: u32,
}

/// A method on the way, and where it calls the next one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    /// The method.
    pub method: String,
    /// The code unit of the call of the next one, or of the place asked about.
    pub unit: u32,
}

/// A way from an entry point to a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// Position of the place in the question.
    pub place: u32,
    /// When it is taken.
    pub phase: Phase,
    /// Descriptor of the component that begins it.
    pub component: String,
    /// What that component is.
    pub kind: Kind,
    /// Broadcasts that start it.
    pub triggers: Vec<String>,
    /// Whether every call on the way leads to one method only.
    pub certain: bool,
    /// The methods on the way, the entry point first: the shortest way, certain ones before others.
    pub chain: Vec<Link>,
    /// The guard that every way of this phase and component passes.
    pub guard: Option<Guard>,
}

/// All ways found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ways {
    /// For each place, component and phase the shortest way; of each place, phase and kind of component those of the first
    /// components only.
    pub ways: Vec<Way>,
    /// How many ways of further components there are.
    pub further: u32,
    /// How many methods of the package may run.
    pub methods: u32,
    /// What nobody can follow.
    pub spots: Spots,
    /// Whether all searches were finished.
    pub complete: bool,
}

/// Says for each place that is asked about who gets there and when.
pub fn ways_to(app: &App<'_>, asked: &Asked<'_, '_>) -> Ways {
    let mut search = Search::new(app, asked);
    let mut complete = true;
    let mut groups: Vec<(usize, Phase)> = Vec::new();
    // What weighs most comes first, should a limit leave something out.
    for phase in [Phase::AppStart, Phase::Background, Phase::Ui] {
        groups.extend((0..app.components().len()).map(|number| (number, phase)));
    }
    for (component, phase) in groups {
        let entries = app.entries_of(component, phase);
        if !entries.is_empty() && search.follow(component, phase, &entries).is_none() {
            complete = false;
            break;
        }
    }
    Ways {
        ways: search.ways,
        further: search.further,
        methods: app.reached().len() as u32,
        spots: app.spots(),
        complete,
    }
}

/// How a method was come by: its caller, where, and whether that was certain.
#[derive(Clone, Copy)]
struct Step {
    before: MethodId,
    at: At,
    certain: bool,
}

struct Search<'s, 'a> {
    app: &'s App<'a>,
    guards: Guards<'s, 'a>,
    /// For each method the places in it: number and statement.
    wanted: FxHashMap<MethodId, Vec<(u32, At)>>,
    guarded: FxHashMap<MethodId, Vec<(At, Option<Weight>)>>,
    visits: u64,
    text: usize,
    /// The guard in the method that holds a place.
    here: FxHashMap<(MethodId, At), Option<Guard>>,
    /// How many ways each place has in each phase from each kind of component, at the start of the app by the guard.
    told: FxHashMap<(u32, Phase, Kind, Option<Weight>), u32>,
    further: u32,
    ways: Vec<Way>,
}

impl<'s, 'a> Search<'s, 'a> {
    fn new(app: &'s App<'a>, asked: &Asked<'_, '_>) -> Self {
        let mut wanted: FxHashMap<MethodId, Vec<(u32, At)>> = FxHashMap::default();
        for (number, spot) in asked.spots().iter().enumerate() {
            let at = app
                .body(spot.method)
                .map_or(0, |body| place_of(&body.units, spot.unit));
            wanted.entry(spot.method).or_default().push((number as u32, at));
        }
        Search {
            app,
            guards: Guards::new(app),
            wanted,
            guarded: FxHashMap::default(),
            visits: MOST_VISITS,
            text: MOST_TEXT,
            here: FxHashMap::default(),
            told: FxHashMap::default(),
            further: 0,
            ways: Vec::new(),
        }
    }

    fn follow(&mut self, component: usize, phase: Phase, entries: &[MethodId]) -> Option<()> {
        let steps = self.reach(phase, entries, None)?;
        let mut found: Vec<MethodId> = Vec::new();
        for method in self.wanted.keys() {
            if steps.contains_key(method) {
                found.push(*method);
            }
        }
        if found.is_empty() {
            return Some(());
        }
        found.sort_unstable();
        let mut open = vec![steps];
        for weight in WEIGHTS {
            open.push(self.reach(phase, entries, Some(weight))?);
        }
        let kind = self.app.components().get(component)?.0;
        for method in found {
            for (place, at) in self.wanted.get(&method).cloned().unwrap_or_default() {
                if self.is_full((place, phase, kind, None)) {
                    self.further += 1;
                    continue;
                }
                let (guard, steps) = self.guard(&open, method, at);
                // Whether all ways that begin with the app have a guard must not hang on how many there are.
                let weight = guard
                    .as_ref()
                    .filter(|_| phase == Phase::AppStart)
                    .map(Guard::weight);
                let key = (place, phase, kind, weight);
                if self.is_full(key) {
                    self.further += 1;
                    continue;
                }
                *self.told.entry(key).or_default() += 1;
                let (chain, certain) = self.chain(steps, method, at)?;
                let (class, triggers) = self.app.component_text(component);
                self.ways.push(Way {
                    place,
                    phase,
                    component: class,
                    kind,
                    triggers,
                    certain,
                    chain,
                    guard,
                });
            }
        }
        Some(())
    }

    fn is_full(&self, key: (u32, Phase, Kind, Option<Weight>)) -> bool {
        self.told.get(&key).is_some_and(|told| *told >= MOST_WAYS)
    }

    /// The methods that entry points lead to, and how; with `free` only by calls that no guard of that weight or
    /// more precedes.
    fn reach(
        &mut self,
        phase: Phase,
        entries: &[MethodId],
        free: Option<Weight>,
    ) -> Option<FxHashMap<MethodId, Step>> {
        let mut steps: FxHashMap<MethodId, Step> = FxHashMap::default();
        let (mut sure, mut unsure) = (VecDeque::new(), VecDeque::new());
        for entry in entries {
            let step = Step {
                before: *entry,
                at: 0,
                certain: true,
            };
            if steps.insert(*entry, step).is_none() {
                sure.push_back(*entry);
            }
        }
        let app = self.app;
        loop {
            let method = match sure.pop_front() {
                Some(method) => method,
                None => match unsure.pop_front() {
                    Some((method, step)) => {
                        if steps.contains_key(&method) {
                            continue;
                        }
                        steps.insert(method, step);
                        method
                    }
                    None => return Some(steps),
                },
            };
            self.visits = self.visits.checked_sub(1)?;
            let certain = steps.get(&method).is_some_and(|step| step.certain);
            for (at, targets) in app.edges.calls(method) {
                if free.is_some_and(|worst| self.guard_at(method, at).is_some_and(|weight| weight <= worst)) {
                    continue;
                }
                let single = targets.len() == 1;
                for target in targets {
                    let next = match app.begin_of(*target) {
                        // What starts a component runs no more of it than what runs by itself.
                        Some(begin) if phase == Phase::AppStart => begin,
                        Some(_) => continue,
                        None => &[*target][..],
                    };
                    for target in next {
                        let step = Step {
                            before: method,
                            at,
                            certain: certain && single,
                        };
                        if steps.contains_key(target) {
                            continue;
                        }
                        if step.certain {
                            steps.insert(*target, step);
                            sure.push_back(*target);
                        } else {
                            unsure.push_back((*target, step));
                        }
                    }
                }
            }
        }
    }

    fn guard_at(&mut self, method: MethodId, at: At) -> Option<Weight> {
        if !self.guarded.contains_key(&method) {
            let calls: Vec<At> = self.app.edges.calls(method).map(|call| call.0).collect();
            let guards = self.guards.of(method, &calls);
            let weights = guards.into_iter().map(|guard| guard.map(|guard| guard.weight()));
            self.guarded
                .insert(method, calls.into_iter().zip(weights).collect());
        }
        let all = self.guarded.get(&method)?;
        let position = all.binary_search_by_key(&at, |call| call.0).ok()?;
        all[position].1
    }

    /// The guard on the way to a place when no way goes round all guards, and the ways that go round those that weigh more:
    /// what holds of every way is told of the one that is guarded least. A field may be a latch, and is not gone round.
    /// `open` has all ways first, then those without guards of each weight and more.
    fn guard<'o>(
        &mut self,
        open: &'o [FxHashMap<MethodId, Step>],
        place: MethodId,
        at: At,
    ) -> (Option<Guard>, &'o FxHashMap<MethodId, Step>) {
        let guards = &mut self.guards;
        let here = self.here.entry((place, at));
        let here = here
            .or_insert_with(|| guards.of(place, &[at]).pop().flatten())
            .clone();
        let mut least = &open[0];
        for (weight, pair) in WEIGHTS.into_iter().zip(open.windows(2)) {
            let [steps, open] = pair else { break };
            if steps.contains_key(&place) {
                least = steps;
            }
            let fits = |guard: &Guard| guard.weight() == weight;
            if let Some(guard) = here.clone().filter(fits) {
                return (Some(guard), least);
            }
            let (mut method, mut seen) = (place, FxHashSet::default());
            while !open.contains_key(&method) && seen.insert(method) {
                let Some(step) = steps.get(&method).filter(|step| step.before != method) else {
                    break;
                };
                let guard = self.guards.of(step.before, &[step.at]).pop().flatten();
                if let Some(guard) = guard.filter(fits) {
                    return (Some(guard), least);
                }
                method = step.before;
            }
        }
        (None, least)
    }

    fn chain(
        &mut self,
        steps: &FxHashMap<MethodId, Step>,
        method: MethodId,
        at: At,
    ) -> Option<(Vec<Link>, bool)> {
        let certain = steps.get(&method).is_some_and(|step| step.certain);
        let mut chain = Vec::new();
        let (mut method, mut at) = (method, at);
        let mut seen = FxHashSet::default();
        while seen.insert(method) {
            let (text, unit) = self.app.locator(method, at);
            self.text = self.text.checked_sub(text.len())?;
            chain.push(Link { method: text, unit });
            let Some(step) = steps.get(&method).filter(|step| step.before != method) else {
                break;
            };
            (method, at) = (step.before, step.at);
        }
        chain.reverse();
        Some((chain, certain))
    }
}

/// The statement of a code unit: the last call there, as what was added before it belongs to it.
fn place_of(units: &[u32], unit: u32) -> At {
    units.iter().position(|known| *known == unit).unwrap_or(0) as At
}

impl App<'_> {
    /// What a component runs in a phase, in ascending order.
    fn entries_of(&self, component: usize, phase: Phase) -> Vec<MethodId> {
        let Some(begin) = self.begins.get(component) else {
            return Vec::new();
        };
        let mut entries: Vec<MethodId> = begin
            .entries
            .iter()
            .filter(|entry| entry.1 == phase)
            .map(|entry| entry.0)
            .collect();
        entries.sort_unstable();
        entries.dedup();
        entries
    }

    /// What starting a component runs by itself, by the method that stands for its life.
    fn begin_of(&self, life: MethodId) -> Option<&[MethodId]> {
        let begin = self.begins.get(*self.component_of.get(&life)?);
        begin.map(|begin| begin.start.as_slice())
    }

    fn component_text(&self, component: usize) -> (String, Vec<String>) {
        let class = self.components.get(component);
        let text = class.map_or_else(String::new, |row| self.class_name(row.1).to_owned());
        let triggers = self.begins.get(component).map(|begin| begin.triggers.clone());
        (text, triggers.unwrap_or_default())
    }
}

/// How a component begins.
#[derive(Debug, Default)]
pub(crate) struct Begin {
    /// What the platform calls, and when.
    entries: Vec<(MethodId, Phase)>,
    /// What runs by itself when the component is started.
    start: Vec<MethodId>,
    /// Broadcasts that start it.
    triggers: Vec<String>,
}

/// How the components of an app begin, in their order.
pub(crate) fn begins(
    app: &App<'_>,
    lives: &Lives,
    rows: &RowTables,
    query: &AppQuery,
) -> (Vec<Begin>, FxHashMap<MethodId, usize>) {
    let mut listeners: FxHashMap<MethodId, &Listener> = FxHashMap::default();
    for (row, listener) in rows.listeners.iter().zip(&query.listeners) {
        listeners.extend(row.methods.iter().map(|(method, _)| (*method, listener)));
    }
    let numbers: FxHashMap<MethodId, usize> = app
        .components
        .iter()
        .enumerate()
        .map(|(number, component)| (component.2, number))
        .collect();
    let mut begins = Vec::new();
    for (kind, class, life) in &app.components {
        let class = app.class_name(*class);
        let row = query.components.iter().find(|row| row.class == class);
        let launcher = row.is_some_and(|row| row.launcher);
        let mut begin = Begin::default();
        if *kind == Kind::Receiver {
            begin.triggers = row.map(|row| row.actions.clone()).unwrap_or_default();
        }
        let named = lives.starts.get(life).map_or(&[][..], |names| names);
        let callbacks = lives.callbacks.get(life);
        for (method, targets) in calls_of(app, *life) {
            let name = app.method_name(method).name;
            let starts = name.starts_with('<') || named.iter().any(|start| start == name);
            for target in targets.iter().filter(|target| !numbers.contains_key(target)) {
                if Some(target) != callbacks {
                    begin.entries.push((*target, phase_of(*kind, starts, launcher)));
                    if starts {
                        begin.start.push(*target);
                    }
                }
            }
        }
        for (method, targets) in callbacks
            .into_iter()
            .flat_map(|callbacks| calls_of(app, *callbacks))
        {
            let listener = listeners.get(&method);
            let name = app.method_name(method).name;
            let phase = match listener {
                Some(row) if row.start.iter().any(|start| start == name) => {
                    phase_of(*kind, matches!(kind, Kind::Application | Kind::Provider), false)
                }
                Some(row) if row.background => Phase::Background,
                _ => phase_of(*kind, false, false),
            };
            begin
                .entries
                .extend(targets.iter().map(|target| (*target, phase)));
        }
        begin.start.sort_unstable();
        begin.start.dedup();
        begins.push(begin);
    }
    (begins, numbers)
}

fn phase_of(kind: Kind, starts: bool, launcher: bool) -> Phase {
    match kind {
        Kind::Application | Kind::Provider if starts => Phase::AppStart,
        Kind::Activity if starts && launcher => Phase::AppStart,
        Kind::Activity => Phase::Ui,
        _ => Phase::Background,
    }
}

/// The calls that a made body makes: the method named, and those that run.
fn calls_of<'p>(app: &'p App<'_>, method: MethodId) -> impl Iterator<Item = (MethodId, &'p [MethodId])> {
    let body = app.body(method);
    app.edges.calls(method).filter_map(move |(at, targets)| {
        match body.and_then(|body| body.stmts.get(at as usize)) {
            Some(Stmt::Call(call)) => Some((call.method, targets)),
            _ => None,
        }
    })
}
