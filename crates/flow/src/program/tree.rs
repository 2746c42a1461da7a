//! Who inherits from whom, and which member a name means.

use dex::{ACC_PRIVATE, ACC_STATIC};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::{ClassId, FieldId, MethodId};

use super::{Sig, Tables};

/// Superclasses and interfaces looked at for one question; a larger tree means mischief.
const MOST_ABOVE: usize = 512;

/// Methods that every object has.
const OF_OBJECTS: [&str; 11] = [
    "toString",
    "hashCode",
    "equals",
    "getClass",
    "notify",
    "notifyAll",
    "wait",
    "clone",
    "finalize",
    "<init>",
    "<clinit>",
];

impl Tables<'_> {
    /// A class with all that lies above it: superclasses nearest first, then interfaces.
    pub(crate) fn above(&self, class: ClassId) -> Vec<ClassId> {
        let mut all = Vec::new();
        let mut seen = FxHashSet::default();
        let mut next = Some(class);
        while let Some(class) = next.filter(|class| all.len() < MOST_ABOVE && seen.insert(*class)) {
            all.push(class);
            next = self.class_row(class).and_then(|row| row.supers.first().copied());
        }
        let mut at = 0;
        while let Some(class) = all.get(at).copied() {
            at += 1;
            for &above in self.class_row(class).map_or(&[][..], |row| &row.supers) {
                if all.len() < MOST_ABOVE && seen.insert(above) {
                    all.push(above);
                }
            }
        }
        all
    }

    /// A class and all above it, by number.
    pub(crate) fn ancestors(&mut self, class: ClassId) -> &[ClassId] {
        if !self.ancestors.contains_key(&class) {
            let mut all = self.above(class);
            all.sort_unstable();
            self.ancestors.insert(class, all.into_boxed_slice());
        }
        self.ancestors.get(&class).map_or(&[], |all| all)
    }

    /// Whether values of `class` are values of `above`.
    pub(crate) fn is_a(&mut self, class: ClassId, above: ClassId) -> bool {
        class == above || above == self.object || self.ancestors(class).binary_search(&above).is_ok()
    }

    /// The method that a reference means: where it is declared as far as that is known, else where the package ends.
    pub(crate) fn resolve(&mut self, class: ClassId, sig: Sig) -> MethodId {
        if let Some(&method) = self.resolved.get(&(class, sig)) {
            return method;
        }
        let method = self.find_declared(class, sig);
        self.resolved.insert((class, sig), method);
        method
    }

    fn find_declared(&mut self, class: ClassId, sig: Sig) -> MethodId {
        if let Some(&method) = self.defined.get(&(class, sig)) {
            return method;
        }
        let (name, _) = self.sig_row(sig);
        let text = self.names.text(name);
        if text.starts_with('<') {
            return self.method(class, sig);
        }
        let of_objects = OF_OBJECTS.contains(&text);
        let above = self.above(class);
        let mut foreign = Vec::new();
        for &class in &above {
            if let Some(&method) = self.defined.get(&(class, sig)) {
                return method;
            }
            if let Some(row) = self.class_row(class).filter(|row| row.def.is_none()) {
                if self.known.contains_key(&(row.name, name)) {
                    return self.method(class, sig);
                }
                foreign.push(class);
            }
        }
        let object = self.object;
        let nearest = foreign.iter().copied().find(|class| *class != object);
        let class = match nearest {
            _ if of_objects => object,
            Some(nearest) => nearest,
            None => class,
        };
        self.method(class, sig)
    }

    /// The field that a reference means.
    pub(crate) fn resolve_field(&mut self, class: ClassId, name: u32, kind: u32) -> FieldId {
        let mut foreign = None;
        if let Some(&field) = self.declared_fields.get(&(class, name, kind)) {
            return field;
        }
        for above in self.above(class) {
            if let Some(&field) = self.declared_fields.get(&(above, name, kind)) {
                return field;
            }
            let outside = self.class_row(above).is_some_and(|row| row.def.is_none());
            if foreign.is_none() && outside && above != self.object {
                foreign = Some(above);
            }
        }
        self.field((foreign.unwrap_or(class), name, kind))
    }

    /// The method with code that a call of `sig` on an object of exactly this class runs; none when that is the platform's.
    pub(crate) fn dispatch(&mut self, class: ClassId, sig: Sig) -> Option<MethodId> {
        if let Some(&method) = self.dispatched.get(&(class, sig)) {
            return method;
        }
        let method = self.find_run(class, sig);
        self.dispatched.insert((class, sig), method);
        method
    }

    fn find_run(&self, class: ClassId, sig: Sig) -> Option<MethodId> {
        let all = self.above(class);
        let interface = |class: ClassId| {
            self.class_row(class)
                .is_some_and(|row| row.access & dex::ACC_INTERFACE != 0)
        };
        // What a superclass has comes before what interfaces offer.
        let (offers, own): (Vec<ClassId>, Vec<ClassId>) =
            all.into_iter().partition(|at| *at != class && interface(*at));
        own.into_iter()
            .chain(offers)
            .filter_map(|class| self.defined.get(&(class, sig)).copied())
            .find(|method| self.runs(*method))
    }

    fn runs(&self, method: MethodId) -> bool {
        let Some(row) = self.method_row(method) else {
            return false;
        };
        row.access & (ACC_STATIC | ACC_PRIVATE) == 0
            && match self.definition(method) {
                Some((_, def)) => def.code != 0,
                None => true,
            }
    }

    /// The method of this signature that a class itself defines.
    pub(crate) fn defined_at(&self, class: ClassId, sig: Sig) -> Option<MethodId> {
        self.defined.get(&(class, sig)).copied()
    }

    /// The initialiser of a class.
    pub(crate) fn initialiser(&self, class: ClassId) -> Option<MethodId> {
        self.defined_at(class, self.initialiser)
    }

    /// Whether a class is the platform's, and not of a library that nobody has.
    pub(crate) fn is_platform(&self, class: ClassId) -> bool {
        let Some(row) = self.class_row(class).filter(|row| row.def.is_none()) else {
            return false;
        };
        let name = self.names.text(row.name);
        let prefixes = ["Landroid/", "Ljava/", "Ljavax/", "Ldalvik/", "Lorg/json/", "["];
        prefixes.iter().any(|prefix| name.starts_with(prefix)) || self.platform.contains_key(&row.name)
    }
}

impl Tables<'_> {
    /// For each class those of the package directly below it, in ascending order.
    pub(crate) fn below(&self) -> FxHashMap<ClassId, Vec<ClassId>> {
        let mut below: FxHashMap<ClassId, Vec<ClassId>> = FxHashMap::default();
        for (class, row) in self.classes() {
            if row.def.is_some() {
                for above in &row.supers {
                    below.entry(*above).or_default().push(class);
                }
            }
        }
        below
    }
}

impl Tables<'_> {
    /// The methods of a name that a class, or the nearest superclass that has any, defines; in ascending order.
    pub(crate) fn methods_named(&mut self, class: ClassId, name: &str) -> Vec<MethodId> {
        let Some(name) = self.names.find(name.as_bytes()) else {
            return Vec::new();
        };
        if self.named.is_empty() {
            for (number, row) in self.method_rows.iter().enumerate() {
                if row.def.is_some() {
                    let name = self
                        .sig_rows
                        .get(row.sig.0 as usize)
                        .map_or(u32::MAX, |sig| sig.0);
                    let all = self.named.entry((row.class, name)).or_default();
                    all.push(MethodId(number as u32));
                }
            }
        }
        let above = self.above(class);
        let found = above.iter().find_map(|class| self.named.get(&(*class, name)));
        found.cloned().unwrap_or_default()
    }

    /// The methods that a class defines, in ascending order.
    pub(crate) fn methods_of(&self, class: ClassId) -> Vec<MethodId> {
        let Some((part, number, place)) = self.class_row(class).and_then(|row| row.def).and_then(|place| {
            let part = self.package.parts().get(place.dex as usize)?;
            Some((part, place.dex as usize, place))
        }) else {
            return Vec::new();
        };
        let rows = self.rows.get(number).map_or(&[][..], |rows| &rows.methods);
        let all = part.methods_of(place.def).iter();
        let mut found: Vec<MethodId> = all
            .filter_map(|def| rows.get(def.method as usize).copied())
            .filter(|method| *method != super::NONE)
            .map(MethodId)
            .collect();
        found.sort_unstable();
        found
    }

    /// The methods of a name that the query names of a class of the platform, with their prototypes.
    pub(crate) fn known_named(&self, class: ClassId, name: &str) -> Vec<MethodId> {
        let name = self.names.find(name.as_bytes());
        let found = name.and_then(|name| self.known_methods.get(&(class, name)));
        found.cloned().unwrap_or_default()
    }
}
