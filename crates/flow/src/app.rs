//! An app: all its code that may run, with the calls between its methods.

use dex::{DexSource, Fault, Package};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::graph::{Edges, Solver};
use crate::ir::{
    ArgumentText, At, Body, ClassId, Constant, FieldId, FieldName, MethodId, MethodName, Program, TextId,
};
use crate::life::Lives;
use crate::listen;
use crate::once;
use crate::phase::{self, Begin};
use crate::program::Tables;
use crate::query::{AppQuery, Kind};
use crate::rows::RowTables;
use crate::spots::Spots;

/// An app: its names, the bodies of the methods that may run, and which call leads to which.
pub struct App<'a> {
    pub(crate) tables: Tables<'a>,
    pub(crate) bodies: FxHashMap<MethodId, Body>,
    pub(crate) edges: Edges,
    reached: Vec<MethodId>,
    entry: MethodId,
    pub(crate) components: Vec<(Kind, ClassId, MethodId)>,
    pub(crate) begins: Vec<Begin>,
    pub(crate) component_of: FxHashMap<MethodId, usize>,
    /// Class and name of the methods that read what was stored before.
    flags: FxHashSet<(ClassId, u32)>,
    constants: FxHashMap<FieldId, Constant>,
    spots: Spots,
    faults: Vec<Fault>,
}

impl<'a> App<'a> {
    /// Reads the code of a package and finds what may run, beginning with what the platform calls.
    pub fn new(sources: &[DexSource<'a>], query: &'a AppQuery) -> Self {
        let package = Package::open(sources);
        let mut faults = package.faults().clone().into_vec();
        let mut tables = Tables::new(package, query);
        faults.append(&mut tables.faults);
        let (mut rows, wrong) = RowTables::new(&mut tables, query);
        let mut lives = Lives::new(&mut tables, &rows, query);
        lives.wrong.extend(wrong);
        for line in &lives.wrong {
            faults.push(Fault::new(
                "rows:",
                "bad_step",
                format!("This is no step: {line}"),
            ));
        }
        let [constants, stated] = tables.constants();
        let entry = lives.main.unwrap_or(MethodId(u32::MAX));
        let mut solver = Solver::new(&mut tables, &mut rows, query.limits);
        solver.hook_names = &query.hooks;
        solver.field_constants = constants;
        solver.bodies = std::mem::take(&mut lives.bodies);
        for (kind, class, method) in &lives.components {
            solver.lives.insert((*kind, *class), *method);
        }
        for component in &query.components {
            for action in &component.actions {
                let class = solver.tables.class_named(0, &component.class);
                let all = solver.actions.entry(action.clone()).or_default();
                all.push((component.kind, class));
            }
        }
        let entries: Vec<MethodId> = lives.main.into_iter().chain(lives.listeners).collect();
        solver.run(&entries);
        let mut edges = solver.edges();
        listen::listen(&mut solver, &lives, &mut edges);
        edges.close();
        let spots = solver.spots;
        let mut constants = std::mem::take(&mut solver.field_constants);
        let bodies = std::mem::take(&mut solver.bodies);
        let general = lives.listeners;
        let mut reached: Vec<MethodId> = std::mem::take(&mut solver.reached);
        reached.retain(|method| bodies.contains_key(method) && Some(*method) != general);
        reached.sort_unstable();
        constants.extend(once::kept(&tables, &bodies, stated));
        let mut app = App {
            flags: flags(&mut tables, query),
            tables,
            bodies,
            edges,
            reached,
            entry,
            components: std::mem::take(&mut lives.components),
            begins: Vec::new(),
            component_of: FxHashMap::default(),
            constants,
            spots,
            faults,
        };
        let (begins, component_of) = phase::begins(&app, &lives, &rows, query);
        app.begins = begins;
        app.component_of = component_of;
        app
    }

    /// Whether a method reads what was stored before.
    pub(crate) fn is_flag(&self, method: MethodId) -> bool {
        let row = self.tables.method_row(method);
        row.is_some_and(|row| self.flags.contains(&(row.class, self.tables.sig_row(row.sig).0)))
    }

    /// The body of the whole app: what the platform runs from the start on.
    pub fn entry(&self) -> MethodId {
        self.entry
    }

    /// What the code does that nobody can follow.
    pub fn spots(&self) -> Spots {
        self.spots
    }

    /// What could not be read.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// A method as text, `La/B;->c(I)V`.
    pub fn method_text(&self, method: MethodId) -> String {
        self.tables.method_text(method)
    }

    /// A field as text, `La/B;->c:I`.
    pub fn field_text(&self, field: FieldId) -> String {
        let name = self.field_name(field);
        format!("{}->{}:{}", self.class_name(name.class), name.name, name.kind)
    }

    /// Whether a method is of the platform, or of a library that the package does not hold.
    pub fn is_platform(&self, method: MethodId) -> bool {
        let row = self.tables.method_row(method);
        row.is_none_or(|row| !self.defines(row.class))
    }

    /// The method that holds a statement, as text, and the code unit of the statement.
    pub fn locator(&self, method: MethodId, at: At) -> (String, u32) {
        let units = self.bodies.get(&method).map(|body| &body.units);
        let unit = units.and_then(|units| units.get(at as usize)).copied();
        (self.method_text(method), unit.unwrap_or(0))
    }

    /// The number that `dex::find` gives a method; none for what the package does not define.
    pub fn find_number(&self, method: MethodId) -> Option<u32> {
        let (part, def) = self.tables.definition(method)?;
        Some(part.method_base + def.method)
    }

    /// The components that are followed: kind, class and what stands for its life.
    pub fn components(&self) -> &[(Kind, ClassId, MethodId)] {
        &self.components
    }
}

impl Program for App<'_> {
    fn body(&self, method: MethodId) -> Option<&Body> {
        self.bodies.get(&method)
    }

    fn targets(&self, method: MethodId, at: At) -> &[MethodId] {
        self.edges.targets(method, at)
    }

    fn callers(&self, method: MethodId) -> &[(MethodId, At)] {
        self.edges.callers(method)
    }

    fn reached(&self) -> &[MethodId] {
        &self.reached
    }

    fn method_name(&self, method: MethodId) -> MethodName<'_> {
        let Some(row) = self.tables.method_row(method) else {
            return MethodName {
                class: ClassId(u32::MAX),
                name: "",
                proto: "",
            };
        };
        let (name, proto) = self.tables.sig_row(row.sig);
        MethodName {
            class: row.class,
            name: self.tables.names.text(name),
            proto: self.tables.protos.text(proto),
        }
    }

    fn field_name(&self, field: FieldId) -> FieldName<'_> {
        let (class, name, kind) =
            self.tables
                .field_row(field)
                .unwrap_or((ClassId(u32::MAX), u32::MAX, u32::MAX));
        FieldName {
            class,
            name: self.tables.names.text(name),
            kind: self.tables.names.text(kind),
        }
    }

    fn file(&self, method: MethodId) -> Option<&str> {
        self.tables.definition(method).map(|(part, _)| part.dex.path())
    }

    fn class_name(&self, class: ClassId) -> &str {
        self.tables.class_text(class)
    }

    fn supers(&self, class: ClassId) -> &[ClassId] {
        self.tables.class_row(class).map_or(&[], |row| &row.supers)
    }

    fn defines(&self, class: ClassId) -> bool {
        self.tables.class_row(class).is_some_and(|row| row.def.is_some())
    }

    fn text(&self, text: TextId) -> &str {
        self.tables.texts.text(text)
    }

    fn declares(&self, method: MethodId) -> bool {
        self.tables.definition(method).is_some()
    }

    fn intent_targets(&self, method: MethodId, at: At) -> &[ClassId] {
        self.edges.aims(method, at)
    }

    fn argument_texts(&self, calls: &[(MethodId, Vec<At>)]) -> Vec<ArgumentText> {
        crate::texts::of_arguments(self, calls)
    }

    fn field_constant(&self, field: FieldId) -> Option<Constant> {
        self.constants.get(&field).copied()
    }
}

fn flags<'a>(tables: &mut Tables<'a>, query: &'a AppQuery) -> FxHashSet<(ClassId, u32)> {
    let mut flags = FxHashSet::default();
    for (class, name) in query.flags.iter().filter_map(|text| text.split_once("->")) {
        let name = name.split('(').next().unwrap_or(name);
        let class = tables.class_named(0, class);
        flags.insert((class, tables.names.add(name.as_bytes())));
    }
    flags
}
