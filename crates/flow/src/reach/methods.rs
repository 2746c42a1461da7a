//! Every method of the package by class, name and prototype, and which method of it a call means.

use std::collections::HashMap;

use dex::{ClassRef, Package, Part, ACC_PRIVATE, ACC_STATIC};
use rustc_hash::FxHashMap;

/// No method, no class.
pub(crate) const NONE: u32 = u32::MAX;
/// More than one method.
const MANY: u32 = u32::MAX - 1;
/// Superclasses followed; a longer chain goes in a circle or means mischief.
const MOST_SUPERS: usize = 256;

/// The methods and classes of a package under running numbers.
pub(crate) struct Methods<'p, 'a> {
    package: &'p Package<'a>,
    /// For each DEX the number of its first method, and of its first class.
    method_bases: Vec<u32>,
    class_bases: Vec<u32>,
    /// For each class its superclass, when that is in the package.
    supers: Vec<u32>,
    /// For each DEX and type the class it means.
    classes: Vec<Vec<u32>>,
    /// For each DEX and row of its method table the name and prototype, numbered across the package.
    signatures: Vec<Vec<u32>>,
    numbers: HashMap<(&'a [u8], u32), u32>,
    types: HashMap<&'a [u8], u32>,
    protos: HashMap<Vec<u32>, u32>,
    /// By class and signature.
    defined: FxHashMap<(u32, u32), u32>,
    /// For each method the one that overrides it.
    overriders: Vec<u32>,
    count: u32,
    /// False when names share so many bytes that not all were compared.
    pub complete: bool,
}

impl<'p, 'a> Methods<'p, 'a> {
    pub(crate) fn new(package: &'p Package<'a>) -> Self {
        let mut methods = Methods {
            package,
            method_bases: Vec::new(),
            class_bases: Vec::new(),
            supers: Vec::new(),
            classes: Vec::new(),
            signatures: Vec::new(),
            numbers: HashMap::new(),
            types: HashMap::new(),
            protos: HashMap::new(),
            defined: FxHashMap::default(),
            overriders: Vec::new(),
            count: 0,
            complete: true,
        };
        let mut class_count = 0;
        for part in package.parts() {
            methods.method_bases.push(methods.count);
            methods.class_bases.push(class_count);
            methods.count += part.methods.len() as u32;
            class_count += part.dex.class_defs();
        }
        for part in package.parts() {
            methods.add_names(part);
        }
        methods.supers = vec![NONE; class_count as usize];
        methods.overriders = vec![NONE; methods.count as usize];
        for (dex, part) in package.parts().iter().enumerate() {
            for def in part.live_classes() {
                let class = ClassRef { dex: dex as u32, def };
                let above = package
                    .superclass(class)
                    .and_then(|name| package.class(part.dex.group(), name));
                let number = methods.class_number(class) as usize;
                methods.supers[number] = above.map_or(NONE, |above| methods.class_number(above));
            }
            for (position, method) in part.methods.iter().enumerate() {
                let class = methods.class_bases[dex] + method.class_def;
                let signature = methods.signatures[dex][method.method as usize];
                let number = methods.method_bases[dex] + position as u32;
                if signature != NONE {
                    methods.defined.entry((class, signature)).or_insert(number);
                }
            }
        }
        methods.find_overriders();
        methods
    }

    fn add_names(&mut self, part: &Part<'a>) {
        let dex = &part.dex;
        // Every row may repeat one long name, so names cost somewhat more than the file holds.
        let mut budget = dex.budget().saturating_mul(4);
        let mut spend = |cost: usize| {
            budget = budget.saturating_sub(cost as u64);
            budget > 0
        };
        let mut classes = Vec::with_capacity(dex.types() as usize);
        let mut types = Vec::with_capacity(dex.types() as usize);
        for kind in 0..dex.types() {
            let name = dex.descriptor(kind).filter(|name| spend(name.len()));
            let fresh = self.types.len() as u32;
            types.push(name.map_or(NONE, |name| *self.types.entry(name).or_insert(fresh)));
            let class = name.and_then(|name| self.package.class(dex.group(), name));
            classes.push(class.map_or(NONE, |class| self.class_number(class)));
        }
        let of = |kind: u32| types.get(kind as usize).copied().unwrap_or(NONE);
        let mut protos = Vec::with_capacity(dex.protos() as usize);
        for proto in 0..dex.protos() {
            let parameters = dex.parameters(proto);
            let result = dex.return_type(proto).filter(|_| spend(parameters.len()));
            let fresh = self.protos.len() as u32;
            protos.push(result.map_or(NONE, |result| {
                let key = [result].into_iter().chain(parameters.iter()).map(of).collect();
                *self.protos.entry(key).or_insert(fresh)
            }));
        }
        let mut signatures = Vec::with_capacity(dex.methods() as usize);
        for row in (0..dex.methods()).map(|row| dex.method(row)) {
            let proto = row
                .and_then(|row| protos.get(row.kind as usize))
                .filter(|proto| **proto != NONE);
            let name = row
                .and_then(|row| dex.name(row.name))
                .filter(|name| spend(name.len()));
            let fresh = self.numbers.len() as u32;
            let number = proto
                .zip(name)
                .map(|(proto, name)| *self.numbers.entry((name, *proto)).or_insert(fresh));
            signatures.push(number.unwrap_or(NONE));
        }
        self.complete &= spend(0);
        self.classes.push(classes);
        self.signatures.push(signatures);
    }

    /// The number of a name and prototype; none when no method of the package has them.
    pub(crate) fn signature(&self, name: &[u8], types: &[&[u8]]) -> Option<u32> {
        let key: Option<Vec<u32>> = types.iter().map(|kind| self.types.get(kind).copied()).collect();
        let proto = *self.protos.get(&key?)?;
        self.numbers.get(&(name, proto)).copied()
    }

    fn class_number(&self, class: ClassRef) -> u32 {
        self.class_bases[class.dex as usize] + class.def
    }

    /// The class that a type of a DEX means.
    pub(crate) fn class_of_type(&self, dex: usize, kind: u32) -> u32 {
        self.classes
            .get(dex)
            .and_then(|types| types.get(kind as usize))
            .copied()
            .unwrap_or(NONE)
    }

    /// The class that the app's own code means by a descriptor.
    pub(crate) fn class_named(&self, group: u32, name: &[u8]) -> u32 {
        self.package
            .class(group, name)
            .map_or(NONE, |class| self.class_number(class))
    }

    /// The signature of a row of a DEX's method table.
    pub(crate) fn signature_of_row(&self, dex: usize, row: u32) -> u32 {
        self.signatures
            .get(dex)
            .and_then(|rows| rows.get(row as usize))
            .copied()
            .unwrap_or(NONE)
    }

    /// A class and its superclasses in the package, nearest first.
    pub(crate) fn line(&self, class: u32) -> impl Iterator<Item = u32> + '_ {
        let first = Some(class).filter(|class| *class != NONE);
        let above = |class: &u32| {
            self.supers
                .get(*class as usize)
                .copied()
                .filter(|class| *class != NONE)
        };
        std::iter::successors(first, above).take(MOST_SUPERS)
    }

    /// The method that a call on `class` means: its own or that of the nearest superclass.
    pub(crate) fn resolve(&self, class: u32, signature: u32) -> Option<u32> {
        self.line(class)
            .find_map(|class| self.defined.get(&(class, signature)).copied())
    }

    /// The method of this signature that the class itself defines.
    pub(crate) fn defined_in(&self, class: u32, signature: u32) -> Option<u32> {
        self.defined.get(&(class, signature)).copied()
    }

    fn find_overriders(&mut self) {
        for (dex, part) in self.package.parts().iter().enumerate() {
            for (position, method) in part.methods.iter().enumerate() {
                if method.access & (ACC_STATIC | ACC_PRIVATE) != 0 {
                    continue;
                }
                let class = self.class_bases[dex] + method.class_def;
                let signature = self.signatures[dex][method.method as usize];
                let number = self.method_bases[dex] + position as u32;
                let overridden: Vec<u32> = self
                    .line(class)
                    .skip(1)
                    .filter_map(|class| self.defined.get(&(class, signature)).copied())
                    .collect();
                for above in overridden {
                    let slot = &mut self.overriders[above as usize];
                    *slot = if *slot == NONE { number } else { MANY };
                }
            }
        }
    }

    /// The only method that overrides this one below `class`.
    pub(crate) fn only_overrider(&self, method: u32, class: u32) -> Option<u32> {
        let number = self
            .overriders
            .get(method as usize)
            .copied()
            .filter(|number| *number < MANY)?;
        let (dex, position) = self.place(number)?;
        let own = self.class_bases[dex] + self.package.parts()[dex].methods[position].class_def;
        self.line(own).any(|above| above == class).then_some(number)
    }

    /// How many methods there are.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// The DEX of a method, and its position there.
    pub(crate) fn place(&self, method: u32) -> Option<(usize, usize)> {
        let dex = self
            .method_bases
            .partition_point(|base| *base <= method)
            .checked_sub(1)?;
        Some((dex, (method - self.method_bases[dex]) as usize)).filter(|_| method < self.count)
    }

    /// The methods of a class that have this name, in the class or the nearest superclass that has any.
    pub(crate) fn named(&self, class: u32, name: &str) -> Vec<u32> {
        let wanted = dex::encode_mutf8(name);
        for class in self.line(class) {
            let Some(dex) = self
                .class_bases
                .partition_point(|base| *base <= class)
                .checked_sub(1)
            else {
                break;
            };
            let part = &self.package.parts()[dex];
            let own = part.methods_of(class - self.class_bases[dex]);
            let found: Vec<u32> = own
                .iter()
                .filter(|method| {
                    part.dex
                        .method(method.method)
                        .and_then(|row| part.dex.name(row.name))
                        == Some(&wanted)
                })
                .filter_map(|method| {
                    let signature = self.signatures[dex][method.method as usize];
                    self.defined.get(&(class, signature)).copied()
                })
                .collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }
}
