//! Which methods calls may run: classes of values are followed through fields, parameters and results of the whole package,
//! for code that is reached only.
//!
//! Every field, parameter and result is a node with the set of what it may hold, whatever the object or the call: variable
//! type analysis (Sundaresan et al. 2000) with the call graph built on the way. Values of which only a type is known end in
//! the classes below it that are made somewhere (rapid type analysis).

mod dispatch;
mod escape;
mod finish;
mod methods;
mod reflect;
mod special;
mod texts;

use std::collections::VecDeque;

use dex::ACC_STATIC;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::{At, Body, ClassId, Constant, FieldId, MethodId, TextId};
use crate::lower::Budgets;
use crate::program::{Sig, Tables, NONE};
use crate::query::{AppLimits, Kind};
use crate::rows::RowTables;
use crate::sets::{Element, SetId, Sets, EMPTY};
use crate::spots::Spots;
use crate::types::Origins;

pub(crate) use finish::Edges;
use special::{Special, Thing};

/// In place of the number of a listener: an object of which no row says how it is called.
pub(crate) const ESCAPED: usize = usize::MAX;

/// Number of a node.
type NodeId = u32;

/// Something that holds values.
#[derive(Debug)]
struct Node {
    set: SetId,
    /// What was already told to those that depend on it.
    done: SetId,
    /// The type that values have here.
    kind: ClassId,
    queued: bool,
    to: Vec<NodeId>,
    sites: Vec<u32>,
}

/// What a call passes in one place.
#[derive(Clone, Copy, Debug)]
struct Operand {
    node: NodeId,
    /// Whether it may also be a value of the platform's.
    unknown: bool,
}

const NO_OPERAND: Operand = Operand {
    node: NONE,
    unknown: false,
};

/// A call whose methods depend on what values are.
#[derive(Debug)]
struct Site {
    method: MethodId,
    at: At,
    /// The class that is named, and what is called.
    class: ClassId,
    sig: Sig,
    args: Vec<Operand>,
    result: NodeId,
    special: Option<Special>,
    targets: Vec<MethodId>,
    groups: Vec<u32>,
    /// Whether somebody was found, or looked for among all classes.
    settled: bool,
}

/// All classes that are made below one, and what a call ends in for them.
#[derive(Debug, Default)]
struct Group {
    targets: Vec<MethodId>,
    sites: Vec<u32>,
    blown: bool,
}

/// The search.
pub(crate) struct Solver<'s, 'a> {
    pub(crate) tables: &'s mut Tables<'a>,
    pub(crate) rows: &'s mut RowTables,
    pub(crate) limits: AppLimits,
    pub(crate) spots: Spots,
    /// Bodies made for the app and its components, and those lowered.
    pub(crate) bodies: FxHashMap<MethodId, Body>,
    pub(crate) reached: Vec<MethodId>,
    /// For each component what stands for its life.
    pub(crate) lives: FxHashMap<(Kind, ClassId), MethodId>,
    /// By action the components that ask for it.
    pub(crate) actions: FxHashMap<String, Vec<(Kind, ClassId)>>,
    /// What was registered as a listener: where, as which, and the node of the object.
    pub(crate) listened: Vec<(MethodId, usize, u32)>,
    /// Beginnings of the names of methods that the platform's classes have to be overridden.
    pub(crate) hook_names: &'s [String],
    /// The values of fields that the file states.
    pub(crate) field_constants: FxHashMap<FieldId, Constant>,
    seen: FxHashSet<MethodId>,
    escaped: FxHashSet<ClassId>,
    hooks: FxHashMap<ClassId, Vec<MethodId>>,
    escaped_below: FxHashSet<ClassId>,
    budgets: Budgets,
    sets: Sets,
    nodes: Vec<Node>,
    filtered: FxHashMap<(SetId, ClassId), SetId>,
    fields: FxHashMap<FieldId, NodeId>,
    params: FxHashMap<(MethodId, u32), NodeId>,
    results: FxHashMap<MethodId, NodeId>,
    elements: FxHashMap<ClassId, NodeId>,
    constants: FxHashMap<Element, NodeId>,
    sites: Vec<Site>,
    direct: Vec<(MethodId, At, MethodId)>,
    groups: Vec<Group>,
    group_numbers: FxHashMap<(ClassId, Sig), u32>,
    groups_of: FxHashMap<ClassId, Vec<(u32, Sig)>>,
    made: FxHashSet<ClassId>,
    made_below: FxHashMap<ClassId, Vec<ClassId>>,
    queue: VecDeque<NodeId>,
    todo: VecDeque<MethodId>,
    things: Vec<Thing>,
    thing_numbers: FxHashMap<(MethodId, At), u32>,
    things_changed: bool,
    specials: FxHashMap<MethodId, Option<Special>>,
    /// Texts that were put together before they became arguments, by site and argument.
    told: FxHashMap<(u32, usize), Vec<TextId>>,
    asked: u32,
    remade: FxHashSet<(u32, MethodId)>,
    invokers: FxHashMap<MethodId, MethodId>,
    origins: Origins,
    steps: u64,
    statements: u64,
    listener_of: FxHashMap<FieldId, usize>,
}

impl<'s, 'a> Solver<'s, 'a> {
    pub(crate) fn new(tables: &'s mut Tables<'a>, rows: &'s mut RowTables, limits: AppLimits) -> Self {
        let string = tables.class_named(0, "Ljava/lang/String;");
        let budgets = Budgets::new(tables);
        let listener_of = rows
            .listeners
            .iter()
            .enumerate()
            .map(|(number, row)| (row.field, number))
            .collect();
        Solver {
            tables,
            rows,
            limits,
            spots: Spots::default(),
            bodies: FxHashMap::default(),
            reached: Vec::new(),
            lives: FxHashMap::default(),
            actions: FxHashMap::default(),
            listened: Vec::new(),
            hook_names: &[],
            field_constants: FxHashMap::default(),
            seen: FxHashSet::default(),
            escaped: FxHashSet::default(),
            hooks: FxHashMap::default(),
            escaped_below: FxHashSet::default(),
            budgets,
            sets: Sets::new(string),
            nodes: Vec::new(),
            filtered: FxHashMap::default(),
            fields: FxHashMap::default(),
            params: FxHashMap::default(),
            results: FxHashMap::default(),
            elements: FxHashMap::default(),
            constants: FxHashMap::default(),
            sites: Vec::new(),
            direct: Vec::new(),
            groups: Vec::new(),
            group_numbers: FxHashMap::default(),
            groups_of: FxHashMap::default(),
            made: FxHashSet::default(),
            made_below: FxHashMap::default(),
            queue: VecDeque::new(),
            todo: VecDeque::new(),
            things: Vec::new(),
            thing_numbers: FxHashMap::default(),
            things_changed: false,
            specials: FxHashMap::default(),
            told: FxHashMap::default(),
            asked: 0,
            remade: FxHashSet::default(),
            invokers: FxHashMap::default(),
            origins: Origins::default(),
            steps: limits.steps,
            statements: limits.statements,
            listener_of,
        }
    }

    /// Follows everything that these methods, which the platform calls, lead to.
    pub(crate) fn run(&mut self, entries: &[MethodId]) {
        self.watch_escapes();
        for entry in entries {
            self.reach(*entry);
            self.open(*entry);
        }
        loop {
            self.drain();
            if std::mem::take(&mut self.things_changed) {
                self.judge_again();
            } else if !self.tell_texts() && !self.settle() {
                break;
            }
        }
        self.count_spots();
    }

    fn drain(&mut self) {
        loop {
            if let Some(node) = self.queue.pop_front() {
                self.tell(node);
            } else if let Some(method) = self.todo.pop_front() {
                self.enter(method);
            } else {
                return;
            }
        }
    }

    fn spend(&mut self, cost: u64) -> bool {
        match self.steps.checked_sub(cost) {
            Some(left) => {
                self.steps = left;
                true
            }
            None => {
                self.steps = 0;
                false
            }
        }
    }

    /// Marks a method as one that may run.
    pub(crate) fn reach(&mut self, method: MethodId) {
        if self.seen.insert(method) {
            self.reached.push(method);
            self.todo.push_back(method);
        }
    }

    fn node(&mut self, kind: ClassId) -> NodeId {
        self.nodes.push(Node {
            set: EMPTY,
            done: EMPTY,
            kind,
            queued: false,
            to: Vec::new(),
            sites: Vec::new(),
        });
        self.nodes.len() as NodeId - 1
    }

    /// The node that always holds just this.
    fn constant(&mut self, element: Element) -> NodeId {
        if let Some(&node) = self.constants.get(&element) {
            return node;
        }
        let node = self.node(self.tables.object);
        let set = self.sets.single(element);
        self.nodes[node as usize].set = set;
        self.nodes[node as usize].done = set;
        self.constants.insert(element, node);
        node
    }

    fn field_node(&mut self, field: FieldId) -> Option<NodeId> {
        if let Some(&node) = self.fields.get(&field) {
            return Some(node);
        }
        let (class, _, kind) = self.tables.field_row(field)?;
        let kind = self.reference(class, kind)?;
        let node = self.node(kind);
        self.fields.insert(field, node);
        match self.field_constants.get(&field) {
            Some(Constant::Text(text)) => self.add_element(node, Element::Text(*text)),
            Some(Constant::Class(class)) => self.add_element(node, Element::Class(*class)),
            _ => {}
        }
        Some(node)
    }

    /// The class of a descriptor as a class sees it; none for numbers.
    fn reference(&mut self, seen_by: ClassId, name: u32) -> Option<ClassId> {
        if !self.tables.names.text(name).starts_with(['L', '[']) {
            return None;
        }
        let group = self.tables.class_row(seen_by).map_or(0, |row| row.group);
        Some(self.tables.class(group, name))
    }

    /// The node of a parameter, the receiver first; none for numbers.
    fn param(&mut self, method: MethodId, number: u32) -> Option<NodeId> {
        if let Some(&node) = self.params.get(&(method, number)) {
            return (node != NONE).then_some(node);
        }
        let row = *self.tables.method_row(method)?;
        let shift = u32::from(row.access & ACC_STATIC == 0);
        let kind = match number.checked_sub(shift) {
            None => Some(row.class),
            Some(number) => {
                let types = self.tables.protos.types(self.tables.sig_row(row.sig).1);
                let name = types.get(number as usize + 1).copied();
                name.and_then(|name| self.reference(row.class, name))
            }
        };
        let node = kind.map(|kind| self.node(kind));
        self.params.insert((method, number), node.unwrap_or(NONE));
        node
    }

    fn return_kind(&mut self, method: MethodId) -> Option<ClassId> {
        let row = *self.tables.method_row(method)?;
        let name = *self.tables.protos.types(self.tables.sig_row(row.sig).1).first()?;
        self.reference(row.class, name)
    }

    fn result(&mut self, method: MethodId) -> Option<NodeId> {
        if let Some(&node) = self.results.get(&method) {
            return Some(node);
        }
        let kind = self.return_kind(method)?;
        let node = self.node(kind);
        self.results.insert(method, node);
        Some(node)
    }

    /// Everything that the platform may pass to a method, besides the receiver.
    fn open(&mut self, method: MethodId) {
        let Some(row) = self.tables.method_row(method) else {
            return;
        };
        let first = u32::from(row.access & ACC_STATIC == 0);
        let count = crate::rows::parameter_types(self.tables, method).len() as u32;
        for number in first..first + count {
            self.open_param(method, number);
        }
    }

    fn open_param(&mut self, method: MethodId, number: u32) {
        if let Some(node) = self.param(method, number) {
            let kind = self.nodes[node as usize].kind;
            self.add_element(node, Element::Any(kind));
        }
    }

    fn add_element(&mut self, node: NodeId, element: Element) {
        let set = self.sets.single(element);
        self.add(node, set);
    }

    /// Adds to what a node may hold.
    fn add(&mut self, node: NodeId, set: SetId) {
        let Some(row) = self.nodes.get(node as usize) else {
            return;
        };
        let (kind, old) = (row.kind, row.set);
        if set == old || set == EMPTY {
            return;
        }
        let mut set = self.filter(set, kind);
        if self.is_wide(old, kind) {
            // Of what is no object of the package there may be more to say than the type.
            set = self.apart(set);
        }
        let joined = match self.sets.union(old, set) {
            Some(joined) => joined,
            None if self.is_wide(old, kind) => return,
            None => self.sets.single(Element::Any(kind)),
        };
        if joined == old {
            return;
        }
        let row = &mut self.nodes[node as usize];
        row.set = joined;
        if !row.queued {
            row.queued = true;
            self.queue.push_back(node);
        }
    }

    /// Whether a set already says that it may be any value of the type.
    fn is_wide(&self, set: SetId, kind: ClassId) -> bool {
        let elements = self.sets.elements(set);
        elements.binary_search(&Element::Any(kind)).is_ok()
    }

    /// The elements of a set that are told apart within their class.
    fn apart(&mut self, set: SetId) -> SetId {
        let mut kept = EMPTY;
        for element in self.sets.elements(set).to_vec() {
            if matches!(element, Element::Class(_) | Element::Object(_)) {
                let one = self.sets.single(element);
                kept = self.sets.union(kept, one).unwrap_or(kept);
            }
        }
        kept
    }

    /// What of a set may be a value of a type.
    fn filter(&mut self, set: SetId, kind: ClassId) -> SetId {
        if kind == self.tables.object {
            return set;
        }
        if let Some(&known) = self.filtered.get(&(set, kind)) {
            return known;
        }
        let ours = self.tables.class_row(kind).is_some_and(|row| row.def.is_some());
        let mut kept = EMPTY;
        for element in self.sets.elements(set).to_vec() {
            let element = match element {
                Element::Exact(class) if ours && !self.tables.is_a(class, kind) => continue,
                Element::Any(class) if !self.tables.is_a(class, kind) => Element::Any(kind),
                Element::Class(_) | Element::Text(_) | Element::Object(_) if ours => continue,
                other => other,
            };
            let one = self.sets.single(element);
            kept = self.sets.union(kept, one).unwrap_or(kept);
        }
        self.filtered.insert((set, kind), kept);
        kept
    }

    fn link(&mut self, from: NodeId, to: NodeId) {
        if from == to || from == NONE || to == NONE {
            return;
        }
        let set = match self.nodes.get_mut(from as usize) {
            // Nodes that never change need not remember whom they told.
            Some(row) => {
                row.to.push(to);
                row.set
            }
            None => return,
        };
        self.add(to, set);
    }

    fn pass(&mut self, from: Operand, to: NodeId) {
        self.link(from.node, to);
        if from.unknown {
            let kind = self.nodes[to as usize].kind;
            self.add_element(to, Element::Any(kind));
        }
    }

    /// Tells those that depend on a node what is new.
    fn tell(&mut self, node: NodeId) {
        let row = &mut self.nodes[node as usize];
        row.queued = false;
        let (set, done) = (row.set, row.done);
        row.done = set;
        let to = std::mem::take(&mut row.to);
        let sites = std::mem::take(&mut row.sites);
        let enough = self.spend(1 + to.len() as u64 + sites.len() as u64);
        if enough {
            for &next in &to {
                self.add(next, set);
            }
            if !sites.is_empty() {
                let fresh = self.fresh(set, done);
                for &site in &sites {
                    self.hear(site, node, &fresh);
                }
            }
        }
        let row = &mut self.nodes[node as usize];
        let (new_to, new_sites) = (std::mem::take(&mut row.to), std::mem::take(&mut row.sites));
        row.to = to;
        row.sites = sites;
        row.to.extend(new_to);
        row.sites.extend(new_sites);
    }

    fn fresh(&self, set: SetId, done: SetId) -> Vec<Element> {
        let known = self.sets.elements(done);
        let all = self.sets.elements(set).iter();
        all.filter(|one| known.binary_search(one).is_err())
            .copied()
            .collect()
    }
}
