//! Resource tables, and looking up ids in several of them together.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::config::{Config, Prefer, Rank};
use super::pool::Pool;
use super::text::Text;
use super::value::Value;
use super::{arsc, proto};
use crate::{Error, Fault, Limits};

/// References that lead to references are followed as far as Android follows them.
const MOST_STEPS: usize = 20;

/// Bytes of text that resolving may keep; afterwards references stay as they are.
const MOST_TEXT: usize = 256 << 20;

/// What the parts of a plural are called.
pub(super) const PLURALS: [(u32, &str); 6] = [
    (0x0100_0004, "other"),
    (0x0100_0005, "zero"),
    (0x0100_0006, "one"),
    (0x0100_0007, "two"),
    (0x0100_0008, "few"),
    (0x0100_0009, "many"),
];

/// One resource table: `resources.arsc` or `resources.pb`, indexed; entries are read when asked for.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    pub(super) packages: Vec<Package<'a>>,
    /// Read without loss, yet no ordinary tool writes it.
    pub anomalies: Vec<Fault>,
    /// Parts that could not be read.
    pub faults: Vec<Fault>,
}

#[derive(Debug, Clone)]
pub(super) struct Package<'a> {
    pub id: u32,
    pub types: Vec<Type<'a>>,
    pub strings: Option<Pool<'a>>,
    pub keys: Option<Pool<'a>>,
}

/// The resources of one type, with one variant for each configuration.
#[derive(Debug, Clone)]
pub(super) struct Type<'a> {
    pub id: u8,
    pub name: Text<'a>,
    pub variants: Vec<Variant<'a>>,
    /// Names by entry number, where the table does not keep them with each value.
    pub names: HashMap<u16, Text<'a>>,
}

#[derive(Debug, Clone)]
pub(super) struct Variant<'a> {
    pub config: Config,
    pub entries: Entries<'a>,
    by_default: Rank,
    in_chinese: Rank,
}

#[derive(Debug, Clone)]
pub(super) enum Entries<'a> {
    Chunk(arsc::TypeChunk<'a>),
    /// `Value` messages by entry number.
    Messages(HashMap<u16, &'a [u8]>),
}

/// Variants of one type beyond this many are not kept: they would only slow every look-up down. Real types have up to a few
/// hundred.
pub(super) const MOST_VARIANTS: usize = 1024;

/// Packages of one table beyond this many are not kept, for the same reason; their ids have eight bits.
pub(super) const MOST_PACKAGES: usize = 256;

/// What an entry holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Item<'a> {
    /// One value.
    Value(Value<'a>),
    /// An array, a plural, a style or an attribute: its values, each with the id that names it there. The parts of an array
    /// stand in order, whatever their ids; those of a plural have the ids 0x01000004 (`other`) to 0x01000009 (`many`).
    Bag(Vec<(u32, Value<'a>)>),
}

impl<'a> Table<'a> {
    /// Indexes `resources.arsc`, or the `resources.pb` of an app bundle.
    ///
    /// # Errors
    /// [`crate::Code::Unreadable`] where Android would refuse the table, [`crate::Code::Limit`] above `limits.strings`.
    pub fn parse(data: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        // A ResourceTable begins with its source pool or its first package; Android insists on the type of a binary table.
        if matches!(data.first(), Some(0x0a | 0x12)) {
            return proto::table(data, limits);
        }
        arsc::table(data, limits)
    }
}

impl<'a> Package<'a> {
    pub fn item(&self, variant: &Variant<'a>, entry: u16) -> Option<Item<'a>> {
        match &variant.entries {
            Entries::Chunk(chunk) => chunk.item(entry, self.strings.as_ref()),
            Entries::Messages(values) => proto::entry(values.get(&entry)?),
        }
    }

    pub fn entry_name(&self, kind: &Type<'a>, entry: u16) -> Option<Text<'a>> {
        if let Some(name) = kind.names.get(&entry) {
            return Some(name.clone());
        }
        let keys = self.keys.as_ref()?;
        kind.variants.iter().find_map(|variant| match &variant.entries {
            Entries::Chunk(chunk) => keys.get(chunk.key(entry)?),
            Entries::Messages(_) => None,
        })
    }
}

impl<'a> Variant<'a> {
    pub fn new(config: Config, entries: Entries<'a>) -> Self {
        let (by_default, in_chinese) = (config.rank(Prefer::Default), config.rank(Prefer::Chinese));
        Self {
            config,
            entries,
            by_default,
            in_chinese,
        }
    }

    pub fn rank(&self, prefer: Prefer) -> Rank {
        match prefer {
            Prefer::Default => self.by_default,
            Prefer::Chinese => self.in_chinese,
        }
    }

    /// Whether that entry has a value here, readable or not.
    pub fn has(&self, entry: u16) -> bool {
        match &self.entries {
            Entries::Chunk(chunk) => chunk.key(entry).is_some(),
            Entries::Messages(values) => values.contains_key(&entry),
        }
    }

    /// The numbers of the entries that have a value here, in no order.
    pub fn numbers(&self) -> Box<dyn Iterator<Item = u16> + '_> {
        match &self.entries {
            Entries::Chunk(chunk) => Box::new(chunk.numbers()),
            Entries::Messages(values) => Box::new(values.keys().copied()),
        }
    }
}

/// The tables of all parts of a package, searched together.
#[derive(Debug, Clone)]
pub struct Resources<'a> {
    pub(super) tables: Vec<(String, Table<'a>)>,
    /// What references came to. A hostile file refers to the same long way a million times.
    resolved: RefCell<HashMap<(u32, Prefer), Value<'a>>>,
    text_left: Cell<usize>,
}

impl Default for Resources<'_> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<'a> Resources<'a> {
    /// Each table with the prefix of names in its container: empty for the base, `split_x.apk!` for a split. The base comes
    /// first: the first of two equal configurations counts.
    #[must_use]
    pub fn new(tables: Vec<(String, Table<'a>)>) -> Self {
        Self {
            tables,
            resolved: RefCell::default(),
            text_left: Cell::new(MOST_TEXT),
        }
    }

    fn types(&self, id: u32) -> impl Iterator<Item = (&Package<'a>, &Type<'a>)> {
        let (package_id, type_id) = (id >> 24, (id >> 16 & 0xff) as u8);
        self.tables.iter().flat_map(move |(_, table)| {
            let packages = table
                .packages
                .iter()
                .filter(move |package| package.id == package_id);
            packages.flat_map(move |package| {
                package
                    .types
                    .iter()
                    .filter(move |kind| kind.id == type_id)
                    .map(move |kind| (package, kind))
            })
        })
    }

    /// The best entry of that id.
    fn find(&self, id: u32, prefer: Prefer) -> Option<Item<'a>> {
        let entry = (id & 0xffff) as u16;
        let mut best: Option<(Rank, &Package<'a>, &Variant<'a>)> = None;
        for (package, kind) in self.types(id) {
            for variant in &kind.variants {
                let rank = variant.rank(prefer);
                if best.is_none_or(|(known, _, _)| rank < known) && variant.has(entry) {
                    best = Some((rank, package, variant));
                }
            }
        }
        best.and_then(|(_, package, variant)| package.item(variant, entry))
    }

    /// The value a reference leads to. Other values, and references that lead nowhere or in a circle, stay as they are.
    #[must_use]
    pub fn resolve(&self, value: &Value<'a>, prefer: Prefer) -> Value<'a> {
        let Value::Reference(id) = *value else {
            return value.clone();
        };
        if let Some(known) = self.resolved.borrow().get(&(id, prefer)) {
            return known.clone();
        }
        let resolved = self.followed(id, prefer).unwrap_or_else(|| value.clone());
        let size = resolved.as_text().map_or(0, str::len);
        self.text_left.set(self.text_left.get().saturating_sub(size));
        self.resolved.borrow_mut().insert((id, prefer), resolved.clone());
        resolved
    }

    fn followed(&self, mut id: u32, prefer: Prefer) -> Option<Value<'a>> {
        for _ in 0..MOST_STEPS {
            if self.text_left.get() == 0 {
                return None;
            }
            match self.find(id, prefer)? {
                Item::Value(Value::Reference(next)) => id = next,
                Item::Value(value) => return Some(value),
                Item::Bag(_) => return None,
            }
        }
        None
    }

    /// Whether the resource is of the type `id`, whose values mean nothing.
    pub(super) fn is_id(&self, id: u32) -> bool {
        self.types(id).next().is_some_and(|(_, kind)| kind.name == "id")
    }

    /// The name of a resource, such as `string/app_name`.
    #[must_use]
    pub fn name(&self, id: u32) -> Option<String> {
        let entry = (id & 0xffff) as u16;
        self.types(id)
            .find_map(|(package, kind)| Some(format!("{}/{}", kind.name, package.entry_name(kind, entry)?)))
    }

    /// All texts of a value by language; a literal text is `""`. The least conditional text of each language counts.
    #[must_use]
    pub fn texts(&self, value: &Value<'a>) -> Vec<(String, Text<'a>)> {
        let Value::Reference(id) = value else {
            return value
                .text()
                .map(|text| (String::new(), text))
                .into_iter()
                .collect();
        };
        let entry = (*id & 0xffff) as u16;
        let mut found: Vec<(&Variant<'a>, Value<'a>)> = Vec::new();
        for (package, kind) in self.types(*id) {
            for variant in &kind.variants {
                if let Some(Item::Value(value)) = package.item(variant, entry) {
                    found.push((variant, value));
                }
            }
        }
        found.sort_by(|(one, _), (other, _)| {
            (&one.config.locale, one.by_default).cmp(&(&other.config.locale, other.by_default))
        });
        found.dedup_by(|(later, _), (kept, _)| later.config.locale == kept.config.locale);
        let texts = found.into_iter().filter_map(|(variant, value)| {
            Some((
                variant.config.locale.clone(),
                self.resolve(&value, Prefer::Default).text()?,
            ))
        });
        let texts: Vec<_> = texts.collect();
        if texts.is_empty() {
            return value
                .text()
                .map(|text| (String::new(), text))
                .into_iter()
                .collect();
        }
        texts
    }
}
