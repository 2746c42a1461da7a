//! What the fuzz targets share: limits that a run of many inputs can afford, an archive around the bytes under test, and what
//! is asked of a document and of a table, whichever form they came in.
#![forbid(unsafe_code)]

use apk::xml::elements::{Query, Selection};
use apk::xml::{contents, manifest, Document, Prefer, Resources, Table};
use apk::Limits;

/// Far below the defaults: an input that costs more than these allow would hide a slow one.
pub fn limits() -> Limits {
    Limits {
        entries: 256,
        directory_bytes: 1 << 20,
        entry_bytes: 1 << 20,
        total_bytes: 4 << 20,
        strings: 10_000,
        nodes: 10_000,
        ..Limits::default()
    }
}

/// Asks everything of a document: manifest, elements, locators.
pub fn document(data: &[u8]) {
    let limits = limits();
    let resources = Resources::new(Vec::new());
    if let Ok(document) = Document::parse(data, &limits) {
        let _ = manifest::read(&[("", &document)], &resources);
        for (number, element) in (0..).zip(document.elements()) {
            let _ = document.locator(number, 1);
            let _ = document.attributes(element);
        }
    }
    let query = Query {
        files: None,
        attributes: vec!["text".into(), "checked".into()],
        tags: vec![String::new()],
    };
    let mut selection = Selection::new(&query, &resources, &limits);
    selection.file("res/layout/a.xml", "base.apk", Ok(data));
    let _ = selection.finish();
}

/// Asks everything of a resource table: its contents, and every resource that a reference could name.
pub fn table(data: &[u8]) {
    let Ok(table) = Table::parse(data, &limits()) else {
        return;
    };
    let resources = Resources::new(vec![(String::new(), table)]);
    let _ = contents::read(
        &resources,
        &["res/layout/a.xml".into()],
        contents::Most::default(),
    );
    for id in (1..=8).flat_map(|kind| (0..8).map(move |entry| 0x7f00_0000 | kind << 16 | entry)) {
        let reference = apk::xml::Value::Reference(id);
        let _ = resources.resolve(&reference, Prefer::Chinese);
        let _ = resources.texts(&reference);
        let _ = resources.name(id);
    }
}

/// A ZIP archive of stored entries with `before_directory` where a signing block stands.
pub fn archive(entries: &[(&str, &[u8])], before_directory: &[u8]) -> Vec<u8> {
    let (mut body, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in entries {
        let mut shared = vec![10, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        shared.extend(crc32fast::hash(data).to_le_bytes());
        shared.extend(
            [data.len() as u32, data.len() as u32]
                .map(u32::to_le_bytes)
                .concat(),
        );
        shared.extend([name.len() as u16, 0].map(u16::to_le_bytes).concat());
        directory.extend(b"PK\x01\x02\x0a\0");
        directory.extend(&shared);
        directory.extend([0; 10]);
        directory.extend((body.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        body.extend(b"PK\x03\x04");
        body.extend(&shared);
        body.extend(name.as_bytes());
        body.extend(*data);
    }
    body.extend(before_directory);
    let start = body.len() as u32;
    body.extend(&directory);
    body.extend(b"PK\x05\x06\0\0\0\0");
    body.extend([entries.len() as u16; 2].map(u16::to_le_bytes).concat());
    body.extend([directory.len() as u32, start].map(u32::to_le_bytes).concat());
    body.extend([0, 0]);
    body
}
