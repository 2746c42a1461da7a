//! The rows of a query, looked up by the methods that the package names.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::{ClassId, FieldId, MethodId};
use crate::program::Tables;
use crate::query::{AppQuery, Kind, Listener, When};
use crate::steps::{hidden, method_named, parse, RowNames, Step};

/// What a call runs besides what it names.
#[derive(Debug)]
pub(crate) struct LaterRow {
    pub steps: Vec<Step>,
    /// How many names the steps use.
    pub names: u32,
}

/// An interface or class of the platform that is called back.
#[derive(Debug)]
pub(crate) struct ListenerRow {
    /// Its methods, each with the hidden static fields that its parameters come from, if any.
    pub methods: Vec<(MethodId, Vec<Option<FieldId>>)>,
    pub when: When,
    /// Where the objects are kept until something happens.
    pub field: FieldId,
}

/// The rows of a query.
#[derive(Debug)]
pub(crate) struct RowTables {
    by_method: FxHashMap<MethodId, Rc<LaterRow>>,
    by_name: FxHashMap<(ClassId, u32), Rc<LaterRow>>,
    found: FxHashMap<MethodId, Option<Rc<LaterRow>>>,
    /// By number of the descriptor.
    by_type: FxHashMap<u32, usize>,
    pub listeners: Vec<ListenerRow>,
    /// Where objects are kept that the platform got and may call, though no row says how.
    pub escaped: FieldId,
    /// Types of the platform, by number of the descriptor, below which the package has classes.
    open: FxHashSet<u32>,
    /// For each kind of component the method that stands for starting it.
    pub starts: FxHashMap<Kind, MethodId>,
}

impl RowTables {
    /// Compiles the rows; the lines that are no steps are given back.
    pub(crate) fn new<'a>(tables: &mut Tables<'a>, query: &'a AppQuery) -> (Self, Vec<String>) {
        let mut rows = RowTables {
            by_method: FxHashMap::default(),
            by_name: FxHashMap::default(),
            found: FxHashMap::default(),
            by_type: FxHashMap::default(),
            listeners: Vec::new(),
            escaped: hidden(tables, "escaped"),
            open: open_types(tables, query),
            starts: FxHashMap::default(),
        };
        let mut wrong = Vec::new();
        for row in &query.later {
            let mut names = RowNames::default();
            let mut steps = Vec::new();
            for line in &row.steps {
                match parse(tables, &mut names, None, line)
                    .filter(|step| !matches!(step, Step::Callbacks | Step::Providers))
                {
                    Some(step) => steps.push(step),
                    None => wrong.push(line.clone()),
                }
            }
            let compiled = Rc::new(LaterRow {
                steps,
                names: names.len(),
            });
            match (method_named(tables, None, &row.call), row.call.split_once("->")) {
                (Some(method), _) => {
                    rows.by_method.insert(method, compiled);
                }
                (None, Some((class, name))) if !name.contains('(') => {
                    let class = tables.class_named(0, class);
                    let name = tables.names.add(name.as_bytes());
                    rows.by_name.insert((class, name), compiled);
                }
                _ => wrong.push(row.call.clone()),
            }
        }
        for listener in &query.listeners {
            rows.add_listener(tables, listener, &mut wrong);
        }
        for (kind, name) in [
            (Kind::Activity, "start_activity"),
            (Kind::Service, "start_service"),
            (Kind::Receiver, "send_broadcast"),
            (Kind::Provider, "ask_provider"),
        ] {
            let class = tables.class_named(0, "L$platform;");
            let types = ["V", "Landroid/content/Intent;"].map(|kind| tables.names.add(kind.as_bytes()));
            let proto = tables.protos.add(&tables.names, types.to_vec());
            let name = tables.names.add(name.as_bytes());
            let sig = tables.sig(name, proto);
            rows.starts.insert(kind, tables.method(class, sig));
        }
        (rows, wrong)
    }

    fn add_listener<'a>(&mut self, tables: &mut Tables<'a>, listener: &'a Listener, wrong: &mut Vec<String>) {
        let mut methods = Vec::new();
        for text in &listener.methods {
            let mut words = text.split_whitespace();
            let method = words.next().unwrap_or_default();
            match method_named(tables, Some(&listener.class), method) {
                Some(method) => {
                    let mut fields: Vec<Option<FieldId>> = words
                        .map(|word| (word != "_").then(|| hidden(tables, word)))
                        .collect();
                    fields.resize(parameter_types(tables, method).len(), None);
                    methods.push((method, fields));
                }
                None => wrong.push(text.clone()),
            }
        }
        let name = tables.names.add(listener.class.as_bytes());
        self.by_type.insert(name, self.listeners.len());
        self.listeners.push(ListenerRow {
            methods,
            when: listener.when,
            field: hidden(tables, &listener.class),
        });
    }

    /// What a call of this method runs besides it.
    pub(crate) fn later(&mut self, tables: &mut Tables<'_>, method: MethodId) -> Option<Rc<LaterRow>> {
        if let Some(found) = self.found.get(&method) {
            return found.clone();
        }
        let found = self.find_later(tables, method);
        self.found.insert(method, found.clone());
        found
    }

    fn find_later(&self, tables: &mut Tables<'_>, method: MethodId) -> Option<Rc<LaterRow>> {
        let row = *tables.method_row(method)?;
        let (name, _) = tables.sig_row(row.sig);
        let classes = match row.def {
            Some(_) => vec![row.class],
            None => tables.above(row.class),
        };
        let constructor = tables.names.text(name).starts_with('<');
        for class in classes.into_iter().take(if constructor { 1 } else { usize::MAX }) {
            let exact = tables.method(class, row.sig);
            let found = self
                .by_method
                .get(&exact)
                .or_else(|| self.by_name.get(&(class, name)));
            if found.is_some() {
                return found.cloned();
            }
        }
        None
    }

    /// Whether the platform may call what it gets as a type, by number of the descriptor, of which no row tells.
    pub(crate) fn is_open(&self, descriptor: u32) -> bool {
        self.open.contains(&descriptor)
    }

    /// The listener that a type is, by number of its descriptor.
    pub(crate) fn listener(&self, descriptor: u32) -> Option<(usize, &ListenerRow)> {
        let number = *self.by_type.get(&descriptor)?;
        Some((number, self.listeners.get(number)?))
    }
}

/// The descriptors of a method's parameters, by number.
pub(crate) fn parameter_types<'t>(tables: &'t Tables<'_>, method: MethodId) -> &'t [u32] {
    let proto = tables
        .method_row(method)
        .map_or(u32::MAX, |row| tables.sig_row(row.sig).1);
    tables.protos.types(proto).get(1..).unwrap_or_default()
}

/// The types of the platform below which the package has classes, but for those that the query leaves out.
fn open_types(tables: &Tables<'_>, query: &AppQuery) -> FxHashSet<u32> {
    let mut open = FxHashSet::default();
    let mut seen = FxHashSet::default();
    for (class, row) in tables.classes().filter(|(_, row)| row.def.is_some()) {
        for above in &row.supers {
            if seen.insert(*above) {
                let all = tables.above(*above).into_iter();
                let foreign = all.filter_map(|above| tables.class_row(above));
                open.extend(foreign.filter(|row| row.def.is_none()).map(|row| row.name));
            }
        }
        seen.insert(class);
    }
    for plain in query
        .plain
        .iter()
        .chain(query.listeners.iter().map(|row| &row.class))
    {
        if let Some(name) = tables.names.find(plain.as_bytes()) {
            open.remove(&name);
        }
    }
    if let Some(name) = tables.names.find(b"Ljava/lang/Object;") {
        open.remove(&name);
    }
    open
}
