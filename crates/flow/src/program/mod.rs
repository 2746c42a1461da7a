//! Classes, fields and methods of all DEX files under running numbers, with the platform's part of the class tree.

mod constants;
mod names;
mod texts;
mod tree;

use dex::{ClassRef, Fault, Package, Part};
use rustc_hash::FxHashMap;

use crate::ir::{ClassId, FieldId, MethodId};
use crate::query::AppQuery;
use names::split_proto;
pub(crate) use names::{Names, Protos};
pub(crate) use texts::Texts;

/// No row.
pub(crate) const NONE: u32 = u32::MAX;

/// A class or array type.
#[derive(Debug)]
pub(crate) struct Class {
    /// Number of its descriptor.
    pub name: u32,
    /// The group of DEX files that sees it.
    pub group: u32,
    /// Where the package defines it.
    pub def: Option<ClassRef>,
    /// Access flags; 0 for what the package does not define.
    pub access: u32,
    /// The superclass first, then the interfaces.
    pub supers: Vec<ClassId>,
}

/// A name and a prototype.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sig(pub u32);

/// A method.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Method {
    pub class: ClassId,
    pub sig: Sig,
    /// The DEX and the position among its methods, where the package defines it.
    pub def: Option<(u32, u32)>,
    pub access: u32,
}

/// The numbers of one DEX's rows.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub types: Vec<u32>,
    pub fields: Vec<u32>,
    pub methods: Vec<u32>,
}

/// All that the package names.
pub(crate) struct Tables<'a> {
    pub package: Package<'a>,
    pub names: Names<'a>,
    pub texts: Texts<'a>,
    pub protos: Protos,
    sigs: FxHashMap<(u32, u32), Sig>,
    sig_rows: Vec<(u32, u32)>,
    classes: FxHashMap<(u32, u32), ClassId>,
    class_rows: Vec<Class>,
    fields: FxHashMap<(ClassId, u32, u32), FieldId>,
    field_rows: Vec<(ClassId, u32, u32)>,
    methods: FxHashMap<(ClassId, Sig), MethodId>,
    method_rows: Vec<Method>,
    /// Methods with a definition, or made by the analysis.
    defined: FxHashMap<(ClassId, Sig), MethodId>,
    declared_fields: FxHashMap<(ClassId, u32, u32), FieldId>,
    ancestors: FxHashMap<ClassId, Box<[ClassId]>>,
    platform: FxHashMap<u32, &'a [String]>,
    /// Class and name of the platform's methods that somebody asks for.
    known: FxHashMap<(u32, u32), ()>,
    known_methods: FxHashMap<(ClassId, u32), Vec<MethodId>>,
    named: FxHashMap<(ClassId, u32), Vec<MethodId>>,
    resolved: FxHashMap<(ClassId, Sig), MethodId>,
    dispatched: FxHashMap<(ClassId, Sig), Option<MethodId>>,
    pub rows: Vec<Rows>,
    pub faults: Vec<Fault>,
    pub object: ClassId,
    initialiser: Sig,
}

impl<'a> Tables<'a> {
    pub(crate) fn new(package: Package<'a>, query: &'a AppQuery) -> Self {
        let mut tables = Tables {
            package,
            names: Names::default(),
            texts: Texts::default(),
            protos: Protos::default(),
            sigs: FxHashMap::default(),
            sig_rows: Vec::new(),
            classes: FxHashMap::default(),
            class_rows: Vec::new(),
            fields: FxHashMap::default(),
            field_rows: Vec::new(),
            methods: FxHashMap::default(),
            method_rows: Vec::new(),
            defined: FxHashMap::default(),
            declared_fields: FxHashMap::default(),
            ancestors: FxHashMap::default(),
            platform: FxHashMap::default(),
            known: FxHashMap::default(),
            known_methods: FxHashMap::default(),
            named: FxHashMap::default(),
            resolved: FxHashMap::default(),
            dispatched: FxHashMap::default(),
            rows: Vec::new(),
            faults: Vec::new(),
            object: ClassId(0),
            initialiser: Sig(0),
        };
        for (class, supers) in &query.platform.supers {
            let name = tables.names.add(class.as_bytes());
            tables.platform.insert(name, supers);
        }
        let rows = query.later.iter().map(|row| &row.call);
        for text in query.platform.known.iter().chain(&query.flags).chain(rows) {
            if let Some((class, rest)) = text.split_once("->") {
                let name = rest.split('(').next().unwrap_or(rest);
                let key = (
                    tables.names.add(class.as_bytes()),
                    tables.names.add(name.as_bytes()),
                );
                tables.known.insert(key, ());
                if let Some(sig) = tables.sig_named(rest) {
                    let class = tables.class(0, key.0);
                    let method = tables.method(class, sig);
                    let all = tables.known_methods.entry((class, key.1)).or_default();
                    if !all.contains(&method) {
                        all.push(method);
                    }
                }
            }
        }
        tables.object = tables.class_named(0, "Ljava/lang/Object;");
        if let Some(sig) = tables.sig_named("<clinit>()V") {
            tables.initialiser = sig;
        }
        tables.read_types();
        tables.read_definitions();
        tables.read_references();
        tables
    }

    fn read_types(&mut self) {
        for number in 0..self.package.parts().len() {
            let dex = self.package.parts()[number].dex.clone();
            let mut budget = dex.budget().saturating_mul(4);
            let types = (0..dex.types())
                .map(|kind| {
                    let name = dex.descriptor(kind)?;
                    budget = budget.checked_sub(name.len() as u64 + 1)?;
                    let name = self.names.add(name);
                    Some(self.class(dex.group(), name).0)
                })
                .map(|class| class.unwrap_or(NONE))
                .collect();
            self.rows.push(Rows {
                types,
                ..Rows::default()
            });
        }
    }

    /// Adds the superclass, the interfaces, the fields and the methods of every class that the package defines.
    fn read_definitions(&mut self) {
        for number in 0..self.package.parts().len() {
            let mut budget = self.package.parts()[number].dex.budget();
            let defs: Vec<u32> = self.package.parts()[number].live_classes().collect();
            for def in defs {
                let place = ClassRef {
                    dex: number as u32,
                    def,
                };
                let part = &self.package.parts()[number];
                let (group, row) = (part.dex.group(), part.dex.class_def(def));
                let class = row.and_then(|row| self.class_of(number, row.class));
                let (Some(row), Some(class)) = (row, class) else {
                    continue;
                };
                let supers: Vec<u32> = self
                    .package
                    .supers(place)
                    .into_iter()
                    .map(|name| self.names.add(name))
                    .collect();
                let supers = supers.into_iter().map(|name| self.class(group, name)).collect();
                let fields = self.package.fields(place, &mut budget);
                let slot = &mut self.class_rows[class.0 as usize];
                slot.supers = supers;
                slot.access = row.access;
                for field in fields {
                    if let Some(key) = self.field_key(number, field) {
                        let key = (class, key.1, key.2);
                        let id = self.field(key);
                        self.declared_fields.insert(key, id);
                    }
                }
            }
            self.read_methods(number);
        }
    }

    fn read_methods(&mut self, number: usize) {
        let methods = self.package.parts()[number].methods.clone();
        let sigs = self.sigs_of(number);
        for (position, def) in methods.iter().enumerate() {
            let part = &self.package.parts()[number];
            let class = part
                .dex
                .class_def(def.class_def)
                .and_then(|row| self.class_of(number, row.class));
            let sig = sigs.get(def.method as usize).copied().flatten();
            let (Some(class), Some(sig)) = (class, sig) else {
                continue;
            };
            let id = self.method(class, sig);
            let row = &mut self.method_rows[id.0 as usize];
            if row.def.is_none() {
                row.def = Some((number as u32, position as u32));
                row.access = def.access;
                self.defined.insert((class, sig), id);
            }
        }
        // Kept for the references, which are read when all definitions are known.
        self.rows[number].methods = sigs.iter().map(|sig| sig.map_or(NONE, |sig| sig.0)).collect();
    }

    fn sigs_of(&mut self, number: usize) -> Vec<Option<Sig>> {
        let dex = self.package.parts()[number].dex.clone();
        let mut budget = dex.budget().saturating_mul(4);
        let mut protos = Vec::with_capacity(dex.protos() as usize);
        for proto in 0..dex.protos() {
            let types: Option<Vec<u32>> = dex
                .return_type(proto)
                .into_iter()
                .chain(dex.parameters(proto).iter())
                .map(|kind| Some(self.class_row(self.class_of(number, kind)?)?.name))
                .collect();
            budget = budget.saturating_sub(1 + dex.parameters(proto).len() as u64);
            protos.push(
                types
                    .filter(|types| !types.is_empty() && budget > 0)
                    .map(|types| self.protos.add(&self.names, types)),
            );
        }
        let mut sigs = Vec::with_capacity(dex.methods() as usize);
        for row in (0..dex.methods()).map(|row| dex.method(row)) {
            let proto = row.and_then(|row| protos.get(row.kind as usize).copied().flatten());
            let name = row.and_then(|row| dex.name(row.name));
            budget = budget.saturating_sub(name.map_or(0, <[u8]>::len) as u64 + 1);
            sigs.push(match (name, proto) {
                (Some(name), Some(proto)) if budget > 0 => {
                    let name = self.names.add(name);
                    Some(self.sig(name, proto))
                }
                _ => None,
            });
        }
        if budget == 0 {
            self.faults.push(Fault::new(
                format!("dex:{}", dex.path()),
                "strings_overlap",
                "Names share more bytes than the file could hold; some methods are left out.",
            ));
        }
        sigs
    }

    fn read_references(&mut self) {
        for number in 0..self.package.parts().len() {
            let dex = self.package.parts()[number].dex.clone();
            let sigs = std::mem::take(&mut self.rows[number].methods);
            let mut methods = Vec::with_capacity(sigs.len());
            for (row, sig) in sigs.into_iter().enumerate() {
                let class = dex
                    .method(row as u32)
                    .and_then(|row| self.class_of(number, row.class));
                methods.push(match class.filter(|_| sig != NONE) {
                    Some(class) => self.resolve(class, Sig(sig)).0,
                    None => NONE,
                });
            }
            let fields = (0..dex.fields())
                .map(|row| {
                    let (class, name, kind) = self.field_key(number, row)?;
                    Some(self.resolve_field(class, name, kind).0)
                })
                .map(|field| field.unwrap_or(NONE))
                .collect();
            self.rows[number].methods = methods;
            self.rows[number].fields = fields;
        }
    }

    fn field_key(&mut self, number: usize, row: u32) -> Option<(ClassId, u32, u32)> {
        let dex = &self.package.parts()[number].dex;
        let row = dex.field(row)?;
        let name = dex.name(row.name)?;
        let class = self.class_of(number, row.class)?;
        let kind = self.class_row(self.class_of(number, row.kind)?)?.name;
        Some((class, self.names.add(name), kind))
    }

    /// The class that a type of a DEX means.
    pub(crate) fn class_of(&self, dex: usize, kind: u32) -> Option<ClassId> {
        let class = self.rows.get(dex)?.types.get(kind as usize)?;
        (*class != NONE).then_some(ClassId(*class))
    }

    pub(crate) fn class_row(&self, class: ClassId) -> Option<&Class> {
        self.class_rows.get(class.0 as usize)
    }

    pub(crate) fn classes(&self) -> impl Iterator<Item = (ClassId, &Class)> {
        self.class_rows
            .iter()
            .enumerate()
            .map(|(number, class)| (ClassId(number as u32), class))
    }

    pub(crate) fn method_row(&self, method: MethodId) -> Option<&Method> {
        self.method_rows.get(method.0 as usize)
    }

    /// The DEX and the definition of a method.
    pub(crate) fn definition(&self, method: MethodId) -> Option<(&Part<'a>, dex::MethodDef)> {
        let (number, position) = self.method_row(method)?.def?;
        let part = self.package.parts().get(number as usize)?;
        Some((part, *part.methods.get(position as usize)?))
    }

    /// Class, number of the name and number of the type's descriptor.
    pub(crate) fn field_row(&self, field: FieldId) -> Option<(ClassId, u32, u32)> {
        self.field_rows.get(field.0 as usize).copied()
    }

    /// Number of the name and number of the prototype.
    pub(crate) fn sig_row(&self, sig: Sig) -> (u32, u32) {
        self.sig_rows.get(sig.0 as usize).copied().unwrap_or((NONE, NONE))
    }

    pub(crate) fn class_text(&self, class: ClassId) -> &str {
        self.class_row(class).map_or("?", |row| self.names.text(row.name))
    }

    pub(crate) fn method_text(&self, method: MethodId) -> String {
        let Some(row) = self.method_row(method) else {
            return String::new();
        };
        let (name, proto) = self.sig_row(row.sig);
        let class = self.class_text(row.class);
        format!("{class}->{}{}", self.names.text(name), self.protos.text(proto))
    }

    /// The class of a name, as code of a group sees it.
    pub(crate) fn class(&mut self, group: u32, name: u32) -> ClassId {
        // Whoever looks for a class twice finds the number under the group that asks.
        if let Some(&class) = self.classes.get(&(group, name)) {
            return class;
        }
        let def = self.package.class(group, self.names.text(name).as_bytes());
        let own = def
            .and_then(|def| self.package.parts().get(def.dex as usize))
            .map_or(0, |part| part.dex.group());
        let class = match self.classes.get(&(own, name)) {
            Some(&class) => class,
            None => {
                let class = ClassId(self.class_rows.len() as u32);
                self.class_rows.push(Class {
                    name,
                    group: own,
                    def,
                    access: 0,
                    supers: Vec::new(),
                });
                self.classes.insert((own, name), class);
                if def.is_none() {
                    let supers = self.platform_supers(name);
                    self.class_rows[class.0 as usize].supers = supers;
                }
                class
            }
        };
        self.classes.insert((group, name), class);
        class
    }

    fn platform_supers(&mut self, name: u32) -> Vec<ClassId> {
        let listed: &'a [String] = self.platform.get(&name).copied().unwrap_or_default();
        let mut supers = Vec::with_capacity(listed.len());
        for super_name in listed {
            let number = self.names.add(super_name.as_bytes());
            // A class of the platform that comes above itself ends here.
            if number != name {
                supers.push(self.class(0, number));
            }
        }
        if supers.is_empty() && self.names.text(name) != "Ljava/lang/Object;" {
            supers.push(self.class_named(0, "Ljava/lang/Object;"));
        }
        supers
    }

    /// The class of a descriptor.
    pub(crate) fn class_named(&mut self, group: u32, name: &'a str) -> ClassId {
        let name = self.names.add(name.as_bytes());
        self.class(group, name)
    }

    /// The class of a descriptor that something already names.
    pub(crate) fn find_class(&self, group: u32, name: &str) -> Option<ClassId> {
        let name = self.names.find(name.as_bytes())?;
        self.classes
            .get(&(group, name))
            .or_else(|| self.classes.get(&(0, name)))
            .copied()
    }

    pub(crate) fn sig(&mut self, name: u32, proto: u32) -> Sig {
        let fresh = Sig(self.sig_rows.len() as u32);
        let sig = *self.sigs.entry((name, proto)).or_insert(fresh);
        if sig == fresh {
            self.sig_rows.push((name, proto));
        }
        sig
    }

    /// The number of `name(proto)`; none when the text is no method.
    pub(crate) fn sig_named(&mut self, text: &'a str) -> Option<Sig> {
        let (name, _) = text.split_once('(')?;
        let mut types = Vec::new();
        for kind in split_proto(&text[name.len()..])? {
            types.push(self.names.add(kind.as_bytes()));
        }
        let proto = self.protos.add(&self.names, types);
        let name = self.names.add(name.as_bytes());
        Some(self.sig(name, proto))
    }

    /// The field of this key, whether anything declares it or not.
    pub(crate) fn field(&mut self, key: (ClassId, u32, u32)) -> FieldId {
        let fresh = FieldId(self.field_rows.len() as u32);
        let field = *self.fields.entry(key).or_insert(fresh);
        if field == fresh {
            self.field_rows.push(key);
        }
        field
    }

    /// The method of this key, whether anything declares it or not.
    pub(crate) fn method(&mut self, class: ClassId, sig: Sig) -> MethodId {
        let fresh = MethodId(self.method_rows.len() as u32);
        let method = *self.methods.entry((class, sig)).or_insert(fresh);
        if method == fresh {
            self.method_rows.push(Method {
                class,
                sig,
                def: None,
                access: 0,
            });
        }
        method
    }

    /// A method that the analysis makes: calls of it on this class end in it.
    pub(crate) fn make(&mut self, class: ClassId, sig: Sig, access: u32) -> MethodId {
        let method = self.method(class, sig);
        self.method_rows[method.0 as usize].access = access;
        self.defined.insert((class, sig), method);
        if access & dex::ACC_STATIC == 0 && !self.dispatched.is_empty() {
            self.dispatched.clear();
        }
        method
    }
}
