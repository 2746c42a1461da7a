//! What the resource tables hold: languages, files, strings.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

use serde::Serialize;

use super::config::Prefer;
use super::table::{Item, Package, Resources, Type, Variant, PLURALS};
use super::value::Value;
use crate::{Fault, FaultLog};

/// The types whose files are listed.
const FILE_TYPES: [&str; 3] = ["layout", "xml", "raw"];
const TEXT_TYPES: [&str; 3] = ["string", "array", "plurals"];

/// How much of the strings is listed.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    /// Resources.
    pub strings: usize,
    /// Bytes of their texts.
    pub bytes: usize,
}

impl Default for Most {
    fn default() -> Self {
        Self {
            strings: 20_000,
            bytes: 16 << 20,
        }
    }
}

/// Values that may be looked at while listing strings.
const MOST_LOOKS: usize = 20_000_000;

/// Bytes of all file names of one type; one long string may be the name of every file.
const MOST_NAME_BYTES: usize = 64 << 20;

/// The languages, files and strings of a package. The fields are those of `resources()` in `docs/boundary.md`.
#[derive(Debug, Clone, Default, Serialize)]
#[allow(missing_docs)]
pub struct Contents {
    pub languages: Vec<String>,
    pub files: BTreeMap<&'static str, Vec<String>>,
    pub strings: Vec<Strings>,
    pub strings_cut: bool,
    pub anomalies: Vec<Fault>,
    pub faults: Vec<Fault>,
    pub complete: bool,
}

/// One string resource, or one part of an array or plural.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Strings {
    /// `string/agree`, `array/terms[0]`, `plurals/days#other`.
    pub name: String,
    pub id: String,
    /// By language: the default, Chinese and English; all the others only where there is none of these.
    pub values: BTreeMap<String, String>,
}

/// Lists what the tables hold. `entries` are the names of all entries of the package, each with the prefix of its container.
#[must_use]
pub fn read(resources: &Resources<'_>, entries: &[String], most: Most) -> Contents {
    let (mut anomalies, mut faults) = (FaultLog::default(), FaultLog::default());
    for (prefix, table) in &resources.tables {
        for row in &table.anomalies {
            anomalies.push(format!("{prefix}{}", row.place), row.code, row.what.clone());
        }
        for row in &table.faults {
            faults.push(format!("{prefix}{}", row.place), row.code, row.what.clone());
        }
    }
    let mut languages = BTreeSet::new();
    for (_, table) in &resources.tables {
        let variants = table
            .packages
            .iter()
            .flat_map(|package| &package.types)
            .flat_map(|kind| &kind.variants);
        languages.extend(variants.map(|variant| variant.config.locale.clone()));
    }
    let present: HashSet<&str> = entries.iter().map(String::as_str).collect();
    let files = FILE_TYPES.iter().map(|kind| {
        let names = files(resources, &present, kind, (&mut anomalies, &mut faults));
        (*kind, names)
    });
    let files = files.collect();
    let mut listing = Listing {
        resources,
        most,
        looks_left: MOST_LOOKS,
        strings: Vec::new(),
        cut: false,
        faults: &mut faults,
    };
    for (prefix, table) in &resources.tables {
        for package in &table.packages {
            for kind in package
                .types
                .iter()
                .filter(|kind| TEXT_TYPES.contains(&kind.name.as_str()))
            {
                listing.add(prefix, package, kind);
            }
        }
    }
    let (strings, strings_cut) = (listing.strings, listing.cut);
    let faults = faults.finish();
    Contents {
        languages: languages.into_iter().collect(),
        files,
        strings,
        strings_cut,
        anomalies: anomalies.finish(),
        complete: faults.is_empty(),
        faults,
    }
}

/// The names of the files that [`super::elements`] reads when none are named: layouts, and XML of the type `xml`; and why they
/// are not all.
#[must_use]
pub fn xml_files(resources: &Resources<'_>, entries: &[String]) -> (Vec<String>, Vec<Fault>) {
    let (mut anomalies, mut faults) = (FaultLog::default(), FaultLog::default());
    let present: HashSet<&str> = entries.iter().map(String::as_str).collect();
    let names = ["layout", "xml"]
        .iter()
        .flat_map(|kind| files(resources, &present, kind, (&mut anomalies, &mut faults)))
        .collect();
    (names, faults.finish())
}

/// Files of a type: those the tables name, wherever they are, and those in a folder of that type.
fn files(
    resources: &Resources<'_>,
    present: &HashSet<&str>,
    kind: &str,
    (anomalies, faults): (&mut FaultLog, &mut FaultLog),
) -> Vec<String> {
    let mut left = MOST_NAME_BYTES;
    let mut found = BTreeSet::new();
    'tables: for (prefix, table) in &resources.tables {
        for package in &table.packages {
            for kind in package.types.iter().filter(|known| known.name == kind) {
                for variant in &kind.variants {
                    for number in variant.numbers() {
                        let Some(Item::Value(Value::Text(path))) = package.item(variant, number) else {
                            continue;
                        };
                        let Some(rest) = left.checked_sub(prefix.len() + path.len()) else {
                            let what =
                                format!("the names of files of the type {} take too much room", kind.name);
                            faults.push("", "file_name_limit", what);
                            break 'tables;
                        };
                        left = rest;
                        let name = format!("{prefix}{path}");
                        if present.contains(name.as_str()) {
                            found.insert(name);
                        } else {
                            let what = format!(
                                "the table names a file of the type {} that is not there",
                                kind.name
                            );
                            let place: String = name.chars().take(200).collect();
                            anomalies.push(place, "resource_file_missing", what);
                        }
                    }
                }
            }
        }
    }
    found.extend(
        present
            .iter()
            .filter(|name| folder_type(name) == Some(kind))
            .map(|name| (*name).to_owned()),
    );
    found.into_iter().collect()
}

/// The resource type of the folder an entry is in: `layout` of `res/layout-land/a.xml`.
fn folder_type(name: &str) -> Option<&str> {
    let path = name.rsplit('!').next()?;
    let mut parts = path.split('/');
    let folder = match parts.next()? {
        "res" => parts.next()?,
        // The module of an app bundle.
        _ => parts
            .next()
            .filter(|part| *part == "res")
            .and_then(|_| parts.next())?,
    };
    parts.next()?;
    folder.split('-').next()
}

/// Which part of a resource a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Whole,
    Numbered(usize),
    Plural(&'static str),
}

impl Part {
    fn of(kind: &str, at: usize, id: u32) -> Self {
        let plural = PLURALS
            .iter()
            .find(|(known, _)| kind == "plurals" && *known == id);
        plural.map_or(Self::Numbered(at), |(_, name)| Self::Plural(name))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Numbered(at) => write!(formatter, "[{at}]"),
            Self::Plural(name) => write!(formatter, "#{name}"),
        }
    }
}

struct Listing<'l, 'a> {
    resources: &'l Resources<'a>,
    most: Most,
    looks_left: usize,
    strings: Vec<Strings>,
    cut: bool,
    faults: &'l mut FaultLog,
}

impl<'a> Listing<'_, 'a> {
    fn add(&mut self, prefix: &str, package: &Package<'a>, kind: &Type<'a>) {
        let (mut wanted, mut others): (Vec<_>, Vec<_>) = kind
            .variants
            .iter()
            .partition(|variant| is_wanted(&variant.config.locale));
        wanted.sort_by_key(|variant| variant.rank(Prefer::Default));
        others.sort_by_key(|variant| variant.rank(Prefer::Default));
        let mut present = Vec::new();
        for number in kind.variants.iter().flat_map(Variant::numbers) {
            let at = usize::from(number);
            present.resize(present.len().max(at + 1), false);
            present[at] = true;
        }
        for number in (0..=u16::MAX)
            .zip(&present)
            .filter_map(|(number, present)| present.then_some(number))
        {
            if self.cut {
                return;
            }
            let mut texts = self.texts((prefix, package, kind), &wanted, number);
            if texts.is_empty() {
                texts = self.texts((prefix, package, kind), &others, number);
            }
            let id = package.id << 24 | u32::from(kind.id) << 16 | u32::from(number);
            let name = package
                .entry_name(kind, number)
                .unwrap_or_else(|| format!("{number:#06x}").into());
            for (part, values) in texts {
                let size = values.values().map(String::len).sum::<usize>();
                if self.strings.len() >= self.most.strings || size > self.most.bytes {
                    self.cut = true;
                    return;
                }
                self.most.bytes -= size;
                let name = format!("{}/{name}{part}", kind.name);
                self.strings.push(Strings {
                    name,
                    id: format!("{id:#010x}"),
                    values,
                });
            }
        }
    }

    /// The texts of one resource by part and language, from variants in the order of preference.
    fn texts(
        &mut self,
        (prefix, package, kind): (&str, &Package<'a>, &Type<'a>),
        variants: &[&Variant<'a>],
        number: u16,
    ) -> BTreeMap<Part, BTreeMap<String, String>> {
        let mut texts: BTreeMap<Part, BTreeMap<String, String>> = BTreeMap::new();
        let mut bytes = 0usize;
        for variant in variants {
            if self.looks_left == 0 || bytes > self.most.bytes {
                self.cut = true;
                break;
            }
            self.looks_left -= 1;
            let parts = match package.item(variant, number) {
                Some(Item::Value(value)) => vec![(Part::Whole, value)],
                Some(Item::Bag(parts)) => {
                    let named = |(at, (id, value))| (Part::of(&kind.name, at, id), value);
                    parts.into_iter().enumerate().map(named).collect()
                }
                None if variant.has(number) => {
                    let place = format!("{prefix}{}/{number:#06x}", kind.name);
                    self.faults.push(
                        place,
                        "value_unreadable",
                        "the value of a resource cannot be read",
                    );
                    continue;
                }
                None => continue,
            };
            for (part, value) in parts {
                if let Some(text) = self.resources.resolve(&value, Prefer::Default).text() {
                    bytes = bytes.saturating_add(text.len());
                    let languages = texts.entry(part).or_default();
                    languages
                        .entry(variant.config.locale.clone())
                        .or_insert_with(|| text.into_owned());
                }
            }
        }
        texts
    }
}

fn is_wanted(locale: &str) -> bool {
    matches!(locale.split('-').next(), Some("" | "zh" | "en"))
}
