//! What all runs share: which calls matter, where values come from, which methods touch what outlives objects.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use super::query::{FlowQuery, What};
use super::texts;
use super::view::View;
use crate::ir::{At, Call, ClassId, FieldId, MethodId, Program, Stmt};
use crate::models::{above, Effects, Origin, Place, Table};

/// What is known of a method that is called or entered.
#[derive(Debug, Default)]
pub(crate) struct Callee {
    pub effects: Option<Effects>,
    /// Rows of the query.
    pub sinks: Vec<u32>,
    sources: Vec<u32>,
    /// The party whose method it is, and for whom calls of other code are a sink.
    pub party: Option<u32>,
    /// Whether, without a row, the receiver and the result take what the arguments hold.
    pub fills_receiver: bool,
    pub fills_result: bool,
}

/// A source site: a run of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Start {
    pub method: MethodId,
    pub at: At,
    pub source: u32,
}

/// What outlives the call of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Lasting {
    Static(FieldId),
    Store(u16),
    /// In objects.
    Field(FieldId),
    /// A field of many, by those that store to it; stores do not end what it holds, so `Static` has those that load.
    Stores(FieldId),
}

pub(crate) type Touching = Arc<FxHashSet<MethodId>>;

/// What all runs share.
pub(crate) struct Scope<'p> {
    pub program: &'p dyn Program,
    pub query: &'p FlowQuery,
    pub table: Table,
    place: FxHashMap<MethodId, usize>,
    views: Vec<OnceLock<View<'p>>>,
    callees: FxHashMap<MethodId, Callee>,
    touched: FxHashMap<Lasting, Vec<MethodId>>,
    touching: Mutex<FxHashMap<Lasting, Touching>>,
    /// The fields that models name, where the package loads or stores them.
    fields: FxHashMap<u16, FieldId>,
    outside: FxHashSet<MethodId>,
    /// The rows of sources and of sinks by the name of the method.
    by_name: FxHashMap<&'p str, (Vec<u32>, Vec<u32>)>,
    /// Classes of the package with code that is reached.
    by_descriptor: FxHashMap<&'p str, ClassId>,
    looked_at: FxHashSet<FieldId>,
    /// Parties by how their classes begin.
    starts: FxHashMap<&'p str, u32>,
    /// Texts that conditions of sources ask for and that the code puts together, by call and argument.
    told: FxHashMap<(MethodId, At, u8), String>,
    /// How many sink sites were seen.
    pub sinks: u32,
}

impl<'p> Scope<'p> {
    /// Looks at every statement that is reached.
    pub(crate) fn new(program: &'p dyn Program, query: &'p FlowQuery, table: Table) -> (Self, Vec<Start>) {
        let reached = program.reached();
        let place = reached
            .iter()
            .enumerate()
            .map(|(at, method)| (*method, at))
            .collect();
        let mut scope = Scope {
            program,
            query,
            table,
            place,
            views: reached.iter().map(|_| OnceLock::new()).collect(),
            callees: FxHashMap::default(),
            touched: FxHashMap::default(),
            touching: Mutex::default(),
            fields: FxHashMap::default(),
            outside: FxHashSet::default(),
            by_name: rows_by_name(query),
            by_descriptor: FxHashMap::default(),
            looked_at: FxHashSet::default(),
            starts: parties(query),
            told: FxHashMap::default(),
            sinks: 0,
        };
        let mut starts = Vec::new();
        for method in reached {
            scope.look(*method, &mut starts);
        }
        starts.sort_unstable();
        starts.dedup();
        scope.told = texts::told(&scope, &starts);
        (scope, starts)
    }

    /// The text of an argument that no constant is, but that the code puts together.
    pub(crate) fn told(&self, method: MethodId, at: At, argument: u8) -> Option<&str> {
        self.told.get(&(method, at, argument)).map(String::as_str)
    }

    fn look(&mut self, method: MethodId, starts: &mut Vec<Start>) {
        let program = self.program;
        let Some(body) = program.body(method) else {
            return;
        };
        let mut lasting: Vec<Lasting> = Vec::new();
        let class = program.method_name(method).class;
        let descriptor = program.class_name(class);
        if program.defines(class) {
            self.by_descriptor.insert(descriptor, class);
        }
        let outside = self
            .query
            .outside
            .iter()
            .any(|start| descriptor.starts_with(start));
        if outside {
            self.outside.insert(method);
        }
        let own = starts.len();
        self.learn(method);
        let mine = self.callees[&method].party;
        for enter in self.callees[&method].effects.iter().flat_map(|all| &all.enters) {
            lasting.extend(store_of(&enter.from));
        }
        for &source in &self.callees[&method].sources {
            if matches!(self.query.sources[source as usize].what, What::Parameter(_)) {
                let at = At::MAX;
                starts.push(Start { method, at, source });
            }
        }
        for (at, stmt) in body.stmts.iter().enumerate() {
            let at = at as At;
            match stmt {
                Stmt::StoreStatic { field, .. } if self.is_many(*field) => {
                    lasting.push(Lasting::Stores(*field))
                }
                Stmt::LoadStatic { field, .. } | Stmt::StoreStatic { field, .. } => {
                    lasting.push(Lasting::Static(*field));
                    if matches!(stmt, Stmt::LoadStatic { .. }) {
                        self.field_sources(*field, (method, at), starts);
                    }
                }
                Stmt::Store { field, .. } => {
                    lasting.push(Lasting::Field(*field));
                    self.note_field(*field);
                }
                Stmt::Load { field, .. } => {
                    lasting.push(Lasting::Field(*field));
                    self.note_field(*field);
                    self.field_sources(*field, (method, at), starts);
                }
                Stmt::Call(call) => {
                    self.learn(call.method);
                    let callee = &self.callees[&call.method];
                    if let Some(effects) = &callee.effects {
                        let flows = effects.flows.iter();
                        let places = flows.flat_map(|flow| [&flow.from, &flow.to]);
                        lasting.extend(places.chain(&effects.clears).filter_map(store_of));
                    }
                    let handed = callee.party.is_some() && callee.party != mine;
                    let is_sink = handed || !callee.sinks.is_empty();
                    self.sinks += u32::from(!outside && is_sink);
                    for &source in &callee.sources {
                        let row = &self.query.sources[source as usize];
                        if matches!(row.what, What::Result | What::Receiver | What::Argument(_)) {
                            starts.push(Start { method, at, source });
                        }
                    }
                    for meant in self.meant_by_reflection(method, at) {
                        self.learn(meant);
                        let sources = self.callees[&meant].sources.iter();
                        let results =
                            sources.filter(|&&row| self.query.sources[row as usize].what == What::Result);
                        starts.extend(results.map(|&source| Start { method, at, source }));
                    }
                }
                _ => {}
            }
        }
        // What is made for the platform has no place in the package: its sources are those of the calls that mean them.
        if outside || self.is_made(method) {
            starts.truncate(own);
        }
        for one in lasting {
            let methods = self.touched.entry(one).or_default();
            if methods.last() != Some(&method) {
                methods.push(method);
            }
        }
    }

    /// Whether a method was made for what the platform does, and stands nowhere in the package.
    pub(crate) fn is_made(&self, method: MethodId) -> bool {
        let class = self.program.method_name(method).class;
        self.program.class_name(class).starts_with("L$")
    }

    /// The methods of the platform that a call of `Method.invoke` runs.
    pub(crate) fn meant_by_reflection(&self, method: MethodId, at: At) -> Vec<MethodId> {
        let targets = self.program.targets(method, at).iter();
        let invokers = targets.filter(|target| {
            self.is_made(**target) && self.program.method_name(**target).name.starts_with("invoke ")
        });
        let bodies = invokers.filter_map(|target| self.program.body(*target));
        let calls = bodies.flat_map(|body| &body.stmts).filter_map(|stmt| match stmt {
            Stmt::Call(call) => Some(call.method),
            _ => None,
        });
        let outside = |method: &MethodId| !self.program.defines(self.program.method_name(*method).class);
        calls.filter(outside).collect()
    }

    /// Whether a row of the sources is about a method that some reached statement calls.
    pub(crate) fn is_source(&self, method: MethodId, source: u32) -> bool {
        self.callees
            .get(&method)
            .is_some_and(|callee| callee.sources.contains(&source))
    }

    /// Whether a class is that of the party which a sink stands for; never of a sink that is a row.
    pub(crate) fn is_of_sink(&self, class: &str, sink: u32) -> bool {
        let party = (sink as usize).checked_sub(self.query.sinks.len());
        party.is_some_and(|party| self.party_of(class) == Some(party as u32))
    }

    /// Whether a field stands for several places: those that were made for what the platform keeps hold many objects.
    pub(crate) fn is_many(&self, field: FieldId) -> bool {
        let class = self.program.field_name(field).class;
        self.program.class_name(class).starts_with("L$")
    }

    /// Whether a field holds all objects of the package that the platform may have got: what else is in there comes out nowhere.
    pub(crate) fn is_for_objects(&self, field: FieldId) -> bool {
        self.is_many(field) && self.program.field_name(field).name == "escaped"
    }

    /// Whether the code of a method is not asked.
    pub(crate) fn is_outside(&self, method: MethodId) -> bool {
        self.outside.contains(&method)
    }

    fn note_field(&mut self, field: FieldId) {
        if !self.looked_at.insert(field) {
            return;
        }
        let name = self.program.field_name(field);
        for (number, known) in self.table.names.fields.iter().enumerate() {
            let (class, simple) = known.split_once("->").unwrap_or_default();
            if simple == name.name && class == self.program.class_name(name.class) {
                self.fields.insert(number as u16, field);
            }
        }
    }

    /// The field of the platform that models name by this number.
    pub(crate) fn field(&self, number: u16) -> Option<FieldId> {
        self.fields.get(&number).copied()
    }

    fn field_sources(&self, field: FieldId, place: (MethodId, At), starts: &mut Vec<Start>) {
        let rows = self.query.sources.iter().enumerate();
        for (number, row) in rows.filter(|(_, row)| row.what == What::Field) {
            let name = self.program.field_name(field);
            if name.name == row.name && self.is_below(name.class, &row.class) {
                starts.push(Start {
                    method: place.0,
                    at: place.1,
                    source: number as u32,
                });
            }
        }
    }

    fn learn(&mut self, method: MethodId) {
        if self.callees.contains_key(&method) {
            return;
        }
        let name = self.program.method_name(method);
        let matches =
            |class: &str, proto: &str| name.proto.starts_with(proto) && self.is_below(name.class, class);
        let none = (Vec::new(), Vec::new());
        let (sources, sinks) = self.by_name.get(name.name).unwrap_or(&none);
        let own = self.program.defines(name.class);
        let callee = Callee {
            effects: self.table.of(self.program, method),
            sinks: (sinks.iter().copied())
                .filter(|number| {
                    let row = &self.query.sinks[*number as usize];
                    matches(&row.class, &row.proto)
                })
                .collect(),
            sources: (sources.iter().copied())
                .filter(|number| {
                    let row = &self.query.sources[*number as usize];
                    row.what != What::Field && matches(&row.class, &row.proto)
                })
                .collect(),
            party: self.party_of(self.program.class_name(name.class)),
            fills_receiver: !own,
            fills_result: !name.proto.ends_with(")V") && !name.proto.ends_with(")Z"),
        };
        self.callees.insert(method, callee);
    }

    /// The party that a class belongs to, by the longest beginning of its descriptor.
    fn party_of(&self, class: &str) -> Option<u32> {
        if self.starts.is_empty() {
            return None;
        }
        let ends = class.char_indices().rev();
        let mut ends = ends.filter(|(_, letter)| matches!(letter, '/' | '$' | ';'));
        ends.find_map(|(end, _)| self.starts.get(&class[..=end]).copied())
    }

    /// The party to whom a call in `method` hands its arguments: that of the callee, when the calling code is not its own.
    pub(crate) fn handed_to(&self, method: MethodId, callee: &Callee) -> Option<u32> {
        let party = callee.party?;
        let own = self.callees.get(&method).and_then(|own| own.party);
        (own != Some(party)).then_some(party)
    }

    /// The name of a sink; parties have the numbers behind those of the rows.
    pub(crate) fn sink_id(&self, number: u32) -> &str {
        let number = number as usize;
        let rows = &self.query.sinks;
        let party = || self.query.parties.get(number.saturating_sub(rows.len()));
        match rows.get(number) {
            Some(row) => &row.id,
            None => party().map_or("", |party| &party.id),
        }
    }

    /// Whether a class is the named one or below it.
    pub(crate) fn is_below(&self, class: ClassId, name: &str) -> bool {
        let mut found = false;
        above(self.program, class, |class| {
            found = self.program.class_name(class) == name;
            found
        });
        found
    }

    /// What is known of a method that some reached statement calls.
    pub(crate) fn callee(&self, method: MethodId) -> Option<&Callee> {
        self.callees.get(&method)
    }

    /// The body of a reached method.
    pub(crate) fn view(&self, method: MethodId) -> Option<&View<'p>> {
        let slot = self.views.get(*self.place.get(&method)?)?;
        let body = self.program.body(method)?;
        Some(slot.get_or_init(|| View::new(body)))
    }

    /// The methods that touch it, with those that call them.
    pub(crate) fn touching(&self, lasting: Lasting) -> Touching {
        let mut known = self.touching.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known
            .entry(lasting)
            .or_insert_with(|| Arc::new(self.callers_of(lasting)));
        Arc::clone(found)
    }

    fn callers_of(&self, lasting: Lasting) -> FxHashSet<MethodId> {
        let mut line = self.touched.get(&lasting).cloned().unwrap_or_default();
        let mut found: FxHashSet<MethodId> = line.iter().copied().collect();
        while let Some(method) = line.pop() {
            for (caller, _) in self.program.callers(method) {
                if found.insert(*caller) {
                    line.push(*caller);
                }
            }
        }
        found
    }

    /// Whether an object that a field is declared to hold may have the other field; where the package does not define the class of
    /// the first, anything may be in it.
    pub(crate) fn may_hold(&self, field: FieldId, next: FieldId) -> bool {
        let kind = self.program.field_name(field).kind;
        let class = self.program.field_name(next).class;
        let Some(&kind) = self.by_descriptor.get(kind) else {
            return true;
        };
        !self.program.defines(class) || self.is_related(kind, class)
    }

    /// Whether an object may be of both classes.
    pub(crate) fn is_related(&self, one: ClassId, other: ClassId) -> bool {
        let mut found = false;
        for (low, high) in [(one, other), (other, one)] {
            above(self.program, low, |class| {
                found |= class == high;
                found
            });
        }
        found
    }

    /// The place of an argument among the locals of a call.
    pub(crate) fn argument(call: &Call, origin: Origin) -> Option<u32> {
        let receiver = usize::from(call.dispatch != crate::ir::Dispatch::Static);
        match origin {
            Origin::This if receiver == 1 => call.args.first().copied(),
            Origin::Arg(number) => call.args.get(usize::from(number) + receiver).copied(),
            _ => None,
        }
    }

    /// Whether code of `method` may be code of the component: a method of it, of a class above it, or of one inside it.
    pub(crate) fn is_here(&self, method: MethodId, component: ClassId) -> bool {
        let own = self.program.method_name(method).class;
        let wanted = self.program.class_name(component);
        let name = self.program.class_name(own);
        let mut found = false;
        let inside = name.strip_prefix(wanted.trim_end_matches(';'));
        if inside.is_some_and(|rest| rest.starts_with('$')) {
            return true;
        }
        above(self.program, component, |class| {
            found = class == own;
            found
        });
        found
    }
}

fn rows_by_name(query: &FlowQuery) -> FxHashMap<&str, (Vec<u32>, Vec<u32>)> {
    let mut rows: FxHashMap<&str, (Vec<u32>, Vec<u32>)> = FxHashMap::default();
    for (number, row) in query.sources.iter().enumerate() {
        rows.entry(&row.name).or_default().0.push(number as u32);
    }
    for (number, row) in query.sinks.iter().enumerate() {
        rows.entry(&row.name).or_default().1.push(number as u32);
    }
    rows
}

fn parties(query: &FlowQuery) -> FxHashMap<&str, u32> {
    let numbered = query.parties.iter().enumerate();
    numbered
        .flat_map(|(number, party)| {
            let starts = party.starts.iter();
            starts.map(move |start| (start.as_str(), number as u32))
        })
        .collect()
}

fn store_of(place: &Place) -> Option<Lasting> {
    match place.origin {
        Origin::Store(kind) => Some(Lasting::Store(kind)),
        _ => None,
    }
}
