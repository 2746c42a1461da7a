//! `.so` files: what they import and export, and which of the strings asked for they hold.

use std::collections::{BTreeMap, HashMap};

use aho_corasick::AhoCorasick;
use apk::package::{Package, Place};
use apk::{Budget, Bytes, FaultLog};
use serde::{Deserialize, Serialize};

use crate::answer::{json, rows, Row};
use crate::door::Failure;
use crate::elf;

/// Bytes of text shown around a string that was found inside a longer one.
const CONTEXT: usize = 120;
const JNI_PREFIX: &str = "Java_";
const JNI_MAX: usize = 2000;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    #[serde(default)]
    strings: Vec<AskedString>,
    #[serde(default)]
    imports: Vec<AskedImport>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedString {
    id: String,
    value: String,
    r#match: Match,
}

#[derive(Debug, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Match {
    Exact,
    Contains,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedImport {
    id: String,
    name: String,
}

#[derive(Debug, Serialize)]
struct Answer {
    libraries: Vec<Library>,
    faults: Vec<Row>,
    complete: bool,
}

#[derive(Debug, Serialize)]
struct Library {
    container: String,
    path: String,
    abi: String,
    size: usize,
    hits: Vec<Hit>,
    jni: Vec<String>,
    readable: bool,
    packed: bool,
}

#[derive(Debug, Serialize)]
struct Hit {
    q: String,
    kind: &'static str,
    value: String,
    /// Bytes from the start of the file; none for an import.
    offset: Option<usize>,
}

/// Answers the JSON `query` over every library of `package`.
pub fn natives(package: &Package, query: &[u8], budget: &Budget) -> Result<Vec<u8>, Failure> {
    let query: Query = serde_json::from_slice(query).map_err(|error| Failure::bad_query(&error))?;
    let search = Search::new(&query)?;
    let mut libraries = Vec::new();
    let mut faults = FaultLog::default();
    for (place, name) in candidates(package, budget) {
        let path = package.path(place);
        match package.read(place, budget) {
            Ok(data) => libraries.push(library(package, place, name, &data, &search)),
            Err(error) => faults.push(format!("entry:{path}"), "library_unread", error.message),
        }
    }
    let faults = rows(faults.finish());
    let answer = Answer {
        libraries,
        complete: faults.is_empty(),
        faults,
    };
    json(&answer)
}

/// Entries named like a library, and those outside `res/` that begin like one.
fn candidates<'a>(package: &'a Package, budget: &Budget) -> Vec<(Place, &'a str)> {
    let mut found = Vec::new();
    for (container, opened) in package.containers().iter().enumerate() {
        for (entry, listed) in opened.archive.entries().iter().enumerate() {
            let name = listed.name.as_str();
            let begins = || {
                opened
                    .archive
                    .head(entry, 4, budget)
                    .is_ok_and(|head| head.as_ref() == b"\x7fELF")
            };
            if name.ends_with(".so") || (!name.starts_with("res/") && begins()) {
                found.push((Place { container, entry }, name));
            }
        }
    }
    found
}

fn library(package: &Package, place: Place, name: &str, data: &Bytes, search: &Search<'_>) -> Library {
    let read = elf::read(data);
    let readable = read.is_some();
    let symbols = read.unwrap_or_default();
    let mut hits = search.strings(data);
    hits.extend(search.imports(&symbols.imports));
    let jni = symbols
        .exports
        .into_iter()
        .filter(|name| name.starts_with(JNI_PREFIX))
        .take(JNI_MAX)
        .collect();
    Library {
        container: package.containers()[place.container].path.clone(),
        path: package.path(place),
        abi: abi(name).to_owned(),
        size: data.len(),
        hits,
        jni,
        readable,
        packed: symbols.packed,
    }
}

/// The folder below `lib/`; empty for a library that lies elsewhere.
fn abi(name: &str) -> &str {
    let mut folders = name.split('/').skip_while(|folder| *folder != "lib").skip(1);
    match (folders.next(), folders.next()) {
        (Some(abi), Some(_)) => abi,
        _ => "",
    }
}

struct Search<'a> {
    automaton: AhoCorasick,
    strings: &'a [AskedString],
    imports: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Search<'a> {
    fn new(query: &'a Query) -> Result<Self, Failure> {
        if query.strings.iter().any(|asked| asked.value.is_empty()) {
            return Err(Failure::bad_query(&serde::de::Error::custom(
                "an empty string is everywhere",
            )));
        }
        let values = query.strings.iter().map(|asked| asked.value.as_bytes());
        let automaton =
            AhoCorasick::new(values).map_err(|error| Failure::bad_query(&serde::de::Error::custom(error)))?;
        let mut imports: HashMap<&str, Vec<&str>> = HashMap::new();
        for asked in &query.imports {
            imports.entry(&asked.name).or_default().push(&asked.id);
        }
        Ok(Self {
            automaton,
            strings: &query.strings,
            imports,
        })
    }

    /// The first place of each string asked for.
    fn strings(&self, data: &[u8]) -> Vec<Hit> {
        let mut first: BTreeMap<usize, usize> = BTreeMap::new();
        for found in self.automaton.find_overlapping_iter(data) {
            let asked = found.pattern().as_usize();
            let whole = || {
                let before = found.start().checked_sub(1).and_then(|at| data.get(at));
                before.is_none_or(|&byte| byte == 0) && data.get(found.end()).is_none_or(|&byte| byte == 0)
            };
            if !first.contains_key(&asked) && (self.strings[asked].r#match == Match::Contains || whole()) {
                first.insert(asked, found.start());
                if first.len() == self.strings.len() {
                    break;
                }
            }
        }
        let hit = |(asked, offset): (usize, usize)| {
            let asked = &self.strings[asked];
            Hit {
                q: asked.id.clone(),
                kind: "string",
                value: around(data, offset, asked.value.len()),
                offset: Some(offset),
            }
        };
        first.into_iter().map(hit).collect()
    }

    fn imports(&self, names: &[String]) -> Vec<Hit> {
        let asked = |name: &String| {
            self.imports
                .get(name.as_str())
                .into_iter()
                .flatten()
                .map(|&id| (id, name.clone()))
                .collect::<Vec<_>>()
        };
        names
            .iter()
            .flat_map(asked)
            .map(|(id, name)| Hit {
                q: id.to_owned(),
                kind: "import",
                value: name,
                offset: None,
            })
            .collect()
    }
}

/// The printable text that the bytes at `offset` are part of.
fn around(data: &[u8], offset: usize, len: usize) -> String {
    let end = offset.saturating_add(len);
    let text = |byte: &&u8| **byte >= 0x20 && **byte != 0x7f;
    let before = data[..offset].iter().rev().take(CONTEXT).take_while(text).count();
    let after = data
        .get(end..)
        .unwrap_or(&[])
        .iter()
        .take(CONTEXT)
        .take_while(text)
        .count();
    let whole = data
        .get(offset.saturating_sub(before)..end.saturating_add(after))
        .unwrap_or(&[]);
    String::from_utf8_lossy(whole).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(query: &str, data: &[u8]) -> Vec<(String, Option<usize>, String)> {
        let query: Query = serde_json::from_str(query).unwrap_or_else(|error| unreachable!("{error}"));
        let search = Search::new(&query).unwrap_or_else(|error| unreachable!("{error:?}"));
        let found = search.strings(data).into_iter();
        found.map(|hit| (hit.q, hit.offset, hit.value)).collect()
    }

    #[test]
    fn an_exact_string_stands_between_zeros() {
        let query = r#"{"strings": [{"id": "q", "value": "ro.serialno", "match": "exact"}]}"#;
        let found = hits(query, b"xro.serialno\0ro.serialno.x\0ro.serialno\0");
        assert_eq!(found, [("q".to_owned(), Some(27), "ro.serialno".to_owned())]);
        assert!(hits(query, b"ro.serialno2\0").is_empty());
    }

    #[test]
    fn a_contained_string_comes_with_the_text_around_it() {
        let query = r#"{"strings": [{"id": "q", "value": "address", "match": "contains"}]}"#;
        let found = hits(query, b"\0\0/sys/class/net/wlan0/address\0");
        assert_eq!(
            found,
            [(
                "q".to_owned(),
                Some(23),
                "/sys/class/net/wlan0/address".to_owned()
            )]
        );
    }

    #[test]
    fn two_questions_for_one_string_are_both_answered() {
        let query = r#"{"strings": [{"id": "a", "value": "imei", "match": "contains"}, {"id": "b", "value": "mei", "match": "contains"}]}"#;
        let found: Vec<_> = hits(query, b"imei").into_iter().map(|(id, _, _)| id).collect();
        assert_eq!(found, ["a", "b"]);
    }

    #[test]
    fn an_empty_string_is_refused() {
        let query: Query =
            serde_json::from_str(r#"{"strings": [{"id": "q", "value": "", "match": "exact"}]}"#)
                .unwrap_or_default();
        assert_eq!(query.strings.len(), 1);
        assert!(Search::new(&query).is_err());
    }

    #[test]
    fn the_abi_is_the_folder_below_lib() {
        assert_eq!(abi("lib/arm64-v8a/libx.so"), "arm64-v8a");
        assert_eq!(abi("base/lib/x86/libx.so"), "x86");
        assert_eq!(abi("assets/libx.so"), "");
    }
}
