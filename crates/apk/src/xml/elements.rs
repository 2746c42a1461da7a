//! Elements of binary XML files that carry what a query asks for.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::config::Prefer;
use super::document::{Attribute, Document};
use super::table::Resources;
use super::text::Text;
use super::value::Value;
use crate::{Error, Fault, FaultLog, Limits};

/// Characters of one value that are kept.
const LONGEST_VALUE: usize = 4096;
const MOST_ELEMENTS: usize = 100_000;
/// Bytes of all locators, tags and values together.
const MOST_BYTES: usize = 32 << 20;

/// Which elements are asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// Entry names; none for all layouts and all files of the type `xml`.
    #[serde(default)]
    pub files: Option<Vec<String>>,
    /// Local names: an element that carries one of these is returned, with these attributes and its `id`.
    #[serde(default)]
    pub attributes: Vec<String>,
    /// Ends of tags: an element with such a tag is returned.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// The elements found. The fields are those of `elements()` in `docs/boundary.md`.
#[derive(Debug, Clone, Default, Serialize)]
#[allow(missing_docs)]
pub struct Answer {
    pub elements: Vec<Row>,
    pub files: usize,
    pub faults: Vec<Fault>,
    pub complete: bool,
}

/// One element.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Row {
    pub file: String,
    pub container: String,
    pub locator: String,
    pub tag: String,
    pub attributes: BTreeMap<String, String>,
}

/// A query being answered, file by file.
pub struct Selection<'q, 'a> {
    query: &'q Query,
    resources: &'q Resources<'a>,
    limits: &'q Limits,
    rows: Vec<Row>,
    files: usize,
    bytes_left: usize,
    faults: FaultLog,
    /// What each reference met so far is shown as.
    references: HashMap<u32, String>,
}

impl<'q, 'a> Selection<'q, 'a> {
    /// Begins to answer a query.
    #[must_use]
    pub fn new(query: &'q Query, resources: &'q Resources<'a>, limits: &'q Limits) -> Self {
        Self {
            query,
            resources,
            limits,
            rows: Vec::new(),
            files: 0,
            bytes_left: MOST_BYTES,
            faults: FaultLog::default(),
            references: HashMap::new(),
        }
    }

    /// Reads one file: its entry name, its container, and its bytes or why there are none. A file that cannot be read becomes
    /// a fault.
    pub fn file(&mut self, file: &str, container: &str, data: Result<&[u8], Error>) {
        let document = match data.and_then(|data| Document::parse(data, self.limits)) {
            Ok(document) => document,
            Err(error) => {
                self.faults.push(file, "xml_unreadable", error.message);
                return;
            }
        };
        self.files += 1;
        for row in &document.faults {
            self.faults
                .push(format!("{file}:{}", row.place), row.code, row.what.clone());
        }
        for (number, element) in (0u32..).zip(document.elements()) {
            let attributes = document.attributes(element);
            let asked = |attribute: &&Attribute<'_>| {
                self.query
                    .attributes
                    .iter()
                    .any(|name| attribute.name == name.as_str())
            };
            let tagged = self
                .query
                .tags
                .iter()
                .any(|tag| element.name.ends_with(tag.as_str()));
            if !tagged && !attributes.iter().any(|attribute| asked(&attribute)) {
                continue;
            }
            if self.rows.len() >= MOST_ELEMENTS || self.bytes_left == 0 {
                self.faults
                    .push(file, "element_limit", "further elements were left out");
                return;
            }
            let kept: Vec<_> = attributes
                .iter()
                .filter(|attribute| attribute.name == "id" || asked(attribute))
                .collect();
            let attributes = self.shown(&kept);
            let tag = element.name.chars().take(LONGEST_VALUE).collect();
            let locator = document.locator(number, 0);
            self.bytes_left = self
                .bytes_left
                .saturating_sub(locator.len() + element.name.len().min(LONGEST_VALUE));
            self.rows.push(Row {
                file: file.into(),
                container: container.into(),
                locator,
                tag,
                attributes,
            });
        }
    }

    /// The answer.
    #[must_use]
    pub fn finish(self) -> Answer {
        let faults = self.faults.finish();
        Answer {
            elements: self.rows,
            files: self.files,
            complete: faults.is_empty(),
            faults,
        }
    }

    /// Names and values. Where an attribute of the framework and one of the app share a name, the framework's counts.
    fn shown(&mut self, attributes: &[&Attribute<'_>]) -> BTreeMap<String, String> {
        let mut shown = BTreeMap::new();
        let (framework, own): (Vec<&Attribute<'_>>, Vec<_>) =
            attributes.iter().partition(|attribute| attribute.id >> 24 == 1);
        for attribute in framework.into_iter().chain(own) {
            if shown.contains_key(attribute.name.as_str()) {
                continue;
            }
            let Some(value) = self.value(&attribute.value) else {
                continue;
            };
            self.bytes_left = self.bytes_left.saturating_sub(value.len());
            shown.insert(attribute.name.chars().take(LONGEST_VALUE).collect(), value);
        }
        shown
    }

    fn value(&mut self, value: &Value<'_>) -> Option<String> {
        let cut = |text: Text<'_>| text.chars().take(LONGEST_VALUE).collect::<String>();
        let Value::Reference(id) = *value else {
            return value.text().map(cut);
        };
        if let Some(known) = self.references.get(&id) {
            return Some(known.clone());
        }
        let shown = if self.resources.is_id(id) {
            self.resources.name(id)
        } else {
            self.resources
                .resolve(&Value::Reference(id), Prefer::Chinese)
                .text()
                .map(cut)
        };
        let shown = shown.unwrap_or_else(|| format!("@{id:#010x}"));
        self.references.insert(id, shown.clone());
        Some(shown)
    }
}
