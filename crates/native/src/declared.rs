//! What the package declares: manifest, resources, elements of its XML files.

use apk::package::{Format, Package, Place};
use apk::xml::elements::{Query, Selection};
use apk::xml::{contents, manifest, Document, Resources, Table};
use apk::{Bytes, Error, Fault};

use crate::answer::json;
use crate::door::Failure;
use crate::package::Opened;

const IN_MODULE: &str = "manifest/AndroidManifest.xml";

/// Answers `manifest()`.
pub fn manifest(opened: &Opened) -> Result<Vec<u8>, Failure> {
    let limits = opened.limits.apk();
    let budget = opened.budget();
    let mut faults = Vec::new();
    let mut read = Vec::new();
    for place in opened.package.manifests() {
        match opened.package.read(place, &budget) {
            Ok(bytes) => read.push((part(&opened.package, place), place, bytes)),
            Err(error) => faults.push(lost(opened, place, error)),
        }
    }
    let mut documents = Vec::new();
    for (prefix, place, bytes) in &read {
        match Document::parse(bytes, &limits) {
            Ok(document) => documents.push((prefix.as_str(), document)),
            Err(error) => faults.push(lost(opened, *place, error)),
        }
    }
    let documents: Vec<_> = documents
        .iter()
        .map(|(prefix, document)| (*prefix, document))
        .collect();
    let tables = tables(opened);
    let (resources, unread) = parse(opened, &tables);
    faults.extend(unread);
    let mut merged = match (manifest::read(&documents, &resources), faults.first()) {
        // Why the manifest could not be read is worth more than that there is none.
        (Err(_), Some(fault)) => return Err(Failure::unreadable(fault.what.clone(), fault.place.clone())),
        (outcome, _) => outcome?,
    };
    merged.complete &= faults.is_empty();
    merged.faults.extend(faults);
    json(&merged)
}

/// Answers `resources()`.
pub fn resources(opened: &Opened) -> Result<Vec<u8>, Failure> {
    let tables = tables(opened);
    let (resources, faults) = parse(opened, &tables);
    let mut contents = contents::read(&resources, &names(opened), contents::Most::default());
    contents.complete &= faults.is_empty();
    contents.faults.extend(faults);
    json(&contents)
}

/// Answers `elements(query)`.
pub fn elements(opened: &Opened, query: &[u8]) -> Result<Vec<u8>, Failure> {
    let query: Query = serde_json::from_slice(query).map_err(|error| Failure::bad_query(&error))?;
    let limits = opened.limits.apk();
    let budget = opened.budget();
    let tables = tables(opened);
    let (resources, mut faults) = parse(opened, &tables);
    let mut selection = Selection::new(&query, &resources, &limits);
    let files = query.files.clone().unwrap_or_else(|| {
        let (files, unlisted) = contents::xml_files(&resources, &names(opened));
        faults.extend(unlisted);
        files
    });
    for name in files {
        let place = opened
            .package
            .find(&name)
            .ok_or_else(|| Error::new(apk::Code::NoEntry, "no entry of this name", &name));
        let container = place
            .as_ref()
            .map_or("", |place| &opened.package.containers()[place.container].path);
        let data = place
            .clone()
            .and_then(|place| opened.package.read(place, &budget));
        selection.file(&name, container, data.as_deref().map_err(Clone::clone));
    }
    let mut answer = selection.finish();
    answer.complete &= faults.is_empty();
    answer.faults.extend(faults);
    json(&answer)
}

/// The bytes of each resource table, or why there are none.
fn tables(opened: &Opened) -> Vec<(Place, Result<Bytes, Error>)> {
    let budget = opened.budget();
    let places = opened.package.resource_tables().into_iter();
    places
        .map(|place| (place, opened.package.read(place, &budget)))
        .collect()
}

fn parse<'a>(opened: &Opened, tables: &'a [(Place, Result<Bytes, Error>)]) -> (Resources<'a>, Vec<Fault>) {
    let limits = opened.limits.apk();
    let mut faults = Vec::new();
    let mut parsed = Vec::new();
    for (place, bytes) in tables {
        match bytes
            .as_deref()
            .map_err(Clone::clone)
            .and_then(|bytes| Table::parse(bytes, &limits))
        {
            Ok(table) => parsed.push((entry_prefix(opened, *place), table)),
            Err(error) => faults.push(lost(opened, *place, error)),
        }
    }
    (Resources::new(parsed), faults)
}

/// What the names in a resource table lack to be names of entries.
fn entry_prefix(opened: &Opened, table: Place) -> String {
    let path = opened.package.path(table);
    let name = ["resources.arsc", "resources.pb"]
        .iter()
        .find_map(|name| path.strip_suffix(name));
    name.unwrap_or_default().to_owned()
}

/// What precedes locators in a manifest: nothing for the base, else the container or module and `!`.
fn part(package: &Package, manifest: Place) -> String {
    if package.format() == Format::Aab {
        let path = package.path(manifest);
        let module = path
            .strip_suffix(IN_MODULE)
            .unwrap_or_default()
            .trim_end_matches('/');
        return if module == "base" {
            String::new()
        } else {
            format!("{module}!")
        };
    }
    match manifest.container {
        0 => String::new(),
        other => format!("{}!", package.containers()[other].path),
    }
}

fn names(opened: &Opened) -> Vec<String> {
    let containers = opened.package.containers().iter().enumerate();
    containers
        .flat_map(|(container, opened)| {
            (0..opened.archive.entries().len()).map(move |entry| Place { container, entry })
        })
        .map(|place| opened.package.path(place))
        .collect()
}

fn lost(opened: &Opened, place: Place, error: Error) -> Fault {
    Fault::new(
        format!("entry:{}", opened.package.path(place)),
        "entry_unreadable",
        error.message,
    )
}
