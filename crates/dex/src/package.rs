//! All DEX files of a package together: which classes they define, and who inherits from whom.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::class::{Members, MethodDef, StaticField};
use crate::fault::{Fault, Faults};
use crate::header::{headers, Header};
use crate::mutf8;
use crate::tables::{ClassDef, Dex, NO_INDEX};

/// The bytes of one DEX file and where they come from.
#[derive(Clone, Debug)]
pub struct DexSource<'a> {
    /// The path inside the package.
    pub path: String,
    /// The file.
    pub bytes: &'a [u8],
    /// Files of one group shadow each other's classes, the first wins. Group 0 is the app; each payload has its own.
    pub group: u32,
}

/// A class of the package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClassRef {
    /// Position of the DEX.
    pub dex: u32,
    /// Row of the class definition.
    pub def: u32,
}

/// One DEX file with the methods its classes define.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// The tables.
    pub dex: Dex<'a>,
    /// The methods of all classes that are not shadowed, class by class.
    pub methods: Vec<MethodDef>,
    /// What is added to a row of the method table to number methods across the package.
    pub method_base: u32,
    /// Classes that an earlier definition hides.
    pub shadowed: u32,
    /// Where the methods of each class begin in `methods`; one more entry than there are classes.
    spans: Vec<u32>,
    live: Vec<bool>,
}

impl Part<'_> {
    /// The methods of the class defined in this row.
    pub fn methods_of(&self, def: u32) -> &[MethodDef] {
        let bound = |at: usize| {
            self.spans
                .get(at)
                .map_or(self.methods.len(), |start| *start as usize)
        };
        &self.methods[bound(def as usize)..bound(def as usize + 1)]
    }

    /// Whether the class defined in this row is the one Android would load.
    pub fn is_live(&self, def: u32) -> bool {
        self.live.get(def as usize).copied().unwrap_or(false)
    }

    /// The rows of the classes Android would load.
    pub fn live_classes(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.dex.class_defs()).filter(|def| self.is_live(*def))
    }
}

/// All DEX files of a package.
#[derive(Debug)]
pub struct Package<'a> {
    parts: Vec<Part<'a>>,
    // Keys come from the file: the default hasher keeps chosen names from colliding.
    classes: HashMap<(u32, &'a [u8]), ClassRef>,
    anomalies: Vec<Fault>,
    faults: Faults,
}

impl<'a> Package<'a> {
    /// Opens every source, in the order Android would search them.
    pub fn open(sources: &[DexSource<'a>]) -> Self {
        let mut package = Package {
            parts: Vec::new(),
            classes: HashMap::new(),
            anomalies: Vec::new(),
            faults: Faults::default(),
        };
        for source in sources {
            match headers(source.bytes) {
                Ok(all) => {
                    let sharers = all.len();
                    for (number, header) in all.into_iter().enumerate() {
                        let path = match number {
                            0 => source.path.clone(),
                            _ => format!("{}!classes{}.dex", source.path, number + 1),
                        };
                        package.note_oddities(&path, source.bytes, &header);
                        let place = (path, source.group);
                        let dex = Dex::new(place, source.bytes, (header, sharers), &mut package.faults);
                        package.add(dex);
                    }
                }
                Err(fault) => package
                    .faults
                    .push(|| Fault::new(format!("dex:{}", source.path), fault.code(), fault.what())),
            }
        }
        package
    }

    fn note_oddities(&mut self, path: &str, bytes: &[u8], header: &Header) {
        let place = format!("dex:{path}");
        let (stated, size) = (header.file_size as usize, bytes.len() - header.start);
        if stated > size {
            let what = format!("The header states {stated} bytes, the file has only {size}.");
            self.faults
                .push(|| Fault::new(place.clone(), "dex_truncated", what));
        }
        let mut odd = |code, what| self.anomalies.push(Fault::new(place.clone(), code, what));
        if stated < size && !header.is_container() {
            odd(
                "dex_file_size",
                format!("The header states {stated} bytes, the file has {size}."),
            );
        }
        if !matches!(
            header.version.as_str(),
            "035" | "037" | "038" | "039" | "040" | "041"
        ) {
            odd(
                "dex_version",
                format!("Version {} is not one that Android knows.", header.version),
            );
        }
        if header.endian_tag != 0x1234_5678 {
            odd(
                "dex_endian_tag",
                "The byte order tag is neither of the two that exist.".to_owned(),
            );
        }
    }

    fn add(&mut self, dex: Dex<'a>) {
        let number = self.parts.len() as u32;
        let method_base = self
            .parts
            .last()
            .map_or(0, |last| last.method_base + last.dex.methods());
        let count = dex.class_defs();
        let mut part = Part {
            dex,
            methods: Vec::new(),
            method_base,
            shadowed: 0,
            spans: Vec::new(),
            live: Vec::new(),
        };
        let mut budget = part.dex.budget();
        let mut names_left = part.dex.budget();
        for def in 0..count {
            part.spans.push(part.methods.len() as u32);
            let class = part.dex.class_def(def);
            let name = class.and_then(|class| part.dex.descriptor(class.class));
            let name = name.filter(|name| {
                names_left = names_left.saturating_sub(name.len() as u64);
                names_left > 0
            });
            let (Some(class), Some(name)) = (class, name) else {
                part.live.push(false);
                let place = format!("dex:{}", part.dex.path());
                self.faults.push(|| {
                    Fault::new(
                        place,
                        "class_unnamed",
                        format!("Class {def} has no readable name."),
                    )
                });
                continue;
            };
            let fresh = !self.classes.contains_key(&(part.dex.group(), name));
            part.live.push(fresh);
            if !fresh {
                part.shadowed += 1;
                continue;
            }
            self.classes
                .insert((part.dex.group(), name), ClassRef { dex: number, def });
            let (methods, most) = (&mut part.methods, part.dex.methods() as usize);
            let read = Members::open(&part.dex, &class, &mut budget).and_then(|members| {
                members.methods(def, |method| {
                    methods.push(method);
                    // Each row belongs to one class, and each of its methods is defined once.
                    (methods.len() <= most).then_some(())
                })
            });
            if read.is_none() {
                let place = format!("dex:{}!{}", part.dex.path(), mutf8::decode(name));
                let what =
                    "The list of members of this class is broken; the members before the break are read.";
                self.faults.push(|| Fault::new(place, "class_data", what));
            }
        }
        part.spans.push(part.methods.len() as u32);
        self.parts.push(part);
    }

    /// The DEX files, in order.
    pub fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }

    /// What no ordinary tool writes.
    pub fn anomalies(&self) -> &[Fault] {
        &self.anomalies
    }

    /// What could not be read when the package was opened.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The class that code of `group` means by `descriptor`: of its own group first, else of the app.
    pub fn class(&self, group: u32, descriptor: &[u8]) -> Option<ClassRef> {
        // The map holds names of the file's lifetime; a lookup needs no more than the bytes.
        let own = self.classes.get(&(group, descriptor));
        own.or_else(|| {
            if group == 0 {
                None
            } else {
                self.classes.get(&(0, descriptor))
            }
        })
        .copied()
    }

    /// The DEX that defines a class, and the definition.
    pub fn definition(&self, class: ClassRef) -> Option<(&Part<'a>, ClassDef)> {
        let part = self.parts.get(class.dex as usize)?;
        Some((part, part.dex.class_def(class.def)?))
    }

    /// The descriptor of the superclass.
    pub fn superclass(&self, class: ClassRef) -> Option<&'a [u8]> {
        let (part, def) = self.definition(class)?;
        part.dex
            .descriptor(def.superclass)
            .filter(|_| def.superclass != NO_INDEX)
    }

    /// The rows of the field table of the fields that a class declares. `budget` counts the members that may still be
    /// read from its file.
    pub fn fields(&self, class: ClassRef, budget: &mut u64) -> Vec<u32> {
        let Some((part, def)) = self.definition(class) else {
            return Vec::new();
        };
        Members::open(&part.dex, &def, budget).map_or_else(Vec::new, Members::all_fields)
    }

    /// The static fields of a class, with the values that the file states. `budget` as for `fields`.
    pub fn static_fields(&self, class: ClassRef, budget: &mut u64) -> Vec<StaticField> {
        let Some((part, def)) = self.definition(class) else {
            return Vec::new();
        };
        Members::open(&part.dex, &def, budget).map_or_else(Vec::new, |members| members.statics(&def))
    }

    /// The descriptors of the superclass and the interfaces.
    pub fn supers(&self, class: ClassRef) -> Vec<&'a [u8]> {
        let mut all: Vec<&'a [u8]> = self.superclass(class).into_iter().collect();
        if let Some((part, def)) = self.definition(class) {
            all.extend(
                part.dex
                    .type_list(def.interfaces)
                    .iter()
                    .filter_map(|kind| part.dex.descriptor(kind)),
            );
        }
        all
    }
}

/// A Java package and how many classes it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JavaPackage {
    /// Its dotted name; empty for classes without a package.
    pub name: String,
    /// The DEX.
    pub dex: String,
    /// Classes of this DEX that are not shadowed.
    pub classes: u32,
}

/// The Java packages of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packages {
    /// One row for each Java package and DEX, in the order of the DEX files and by name.
    pub packages: Vec<JavaPackage>,
    /// What could not be read.
    pub faults: Vec<Fault>,
    /// Whether nothing is missing.
    pub complete: bool,
}

/// Counts the classes of each Java package in each DEX.
pub fn packages(sources: &[DexSource<'_>]) -> Packages {
    let package = Package::open(sources);
    let mut rows = Vec::new();
    for part in package.parts() {
        let mut counts: BTreeMap<&[u8], u32> = BTreeMap::new();
        for def in part.live_classes() {
            let name = part
                .dex
                .class_def(def)
                .and_then(|class| part.dex.descriptor(class.class))
                .unwrap_or_default();
            let end = memchr::memrchr(b'/', name).unwrap_or(0);
            *counts.entry(name.get(1..end).unwrap_or_default()).or_default() += 1;
        }
        rows.extend(counts.into_iter().map(|(name, classes)| JavaPackage {
            name: mutf8::decode(name).replace('/', "."),
            dex: part.dex.path().to_owned(),
            classes,
        }));
    }
    let faults = package.faults.into_vec();
    Packages {
        packages: rows,
        complete: faults.is_empty(),
        faults,
    }
}
