use apk::xml::{contents, manifest, Document, Resources, Table};
use apk::{Code, Limits};

use crate::build::{bytes, number, ANDROID, LABEL, NAME};
use crate::codes;

fn attribute(namespace: &str, name: &str, id: u32, value: &str, item: Option<Vec<u8>>) -> Vec<u8> {
    let mut parts = vec![
        bytes(1, &[namespace.as_bytes()]),
        bytes(2, &[name.as_bytes()]),
        bytes(3, &[value.as_bytes()]),
    ];
    parts.push(number(5, u64::from(id)));
    parts.extend(item.map(|item| bytes(6, &[&item])));
    bytes(4, &[&parts.concat()])
}

/// An `XmlNode`, its name behind its children, which protobuf allows.
fn node(name: &str, attributes: &[Vec<u8>], children: &[Vec<u8>]) -> Vec<u8> {
    let children: Vec<Vec<u8>> = children.iter().map(|child| bytes(5, &[child])).collect();
    let element = [
        attributes.concat(),
        children.concat(),
        bytes(3, &[name.as_bytes()]),
    ]
    .concat();
    [bytes(1, &[&element]), bytes(3, &[&number(1, 7)])].concat()
}

fn reference(id: u32) -> Vec<u8> {
    bytes(1, &[&number(2, u64::from(id))])
}

fn primitive(field: u64, value: u64) -> Vec<u8> {
    bytes(7, &[&number(field, value)])
}

fn sample() -> Vec<u8> {
    let permission = attribute(ANDROID, "name", NAME, "android.permission.CAMERA", None);
    let main = attribute(ANDROID, "name", NAME, ".Main", None);
    let exported = attribute(ANDROID, "exported", 0x0101_0010, "true", Some(primitive(8, 1)));
    let label = attribute(
        ANDROID,
        "label",
        LABEL,
        "@string/name",
        Some(reference(0x7f01_0000)),
    );
    let words = bytes(2, &["words".as_bytes()]);
    node(
        "manifest",
        &[
            attribute(ANDROID, "versionCode", 0x0101_021b, "42", Some(primitive(6, 42))),
            attribute("", "package", 0, "a.b", None),
        ],
        &[
            node("uses-permission", &[permission], &[]),
            node(
                "application",
                &[label],
                &[words, node("activity", &[main, exported], &[])],
            ),
        ],
    )
}

fn wrapped(value: u64) -> Vec<u8> {
    bytes(1, &[&number(1, value)])
}

fn entry(id: u64, name: &str, values: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let values: Vec<Vec<u8>> = values
        .iter()
        .map(|(locale, value)| {
            let config = if locale.is_empty() {
                bytes(1, &[])
            } else {
                bytes(1, &[&bytes(3, &[locale.as_bytes()])])
            };
            bytes(6, &[&config, &bytes(2, &[value])])
        })
        .collect();
    bytes(
        3,
        &[&wrapped(id), &bytes(2, &[name.as_bytes()]), &values.concat()],
    )
}

fn item(field: u64, text: &str) -> Vec<u8> {
    bytes(4, &[&bytes(field, &[&bytes(1, &[text.as_bytes()])])])
}

fn table() -> Vec<u8> {
    let array = bytes(
        5,
        &[&bytes(
            4,
            &[&bytes(1, &[&bytes(3, &[&bytes(2, &[&bytes(1, &[b"one"])])])])],
        )],
    );
    let strings = [
        wrapped(1),
        bytes(2, &[b"string"]),
        entry(0, "name", &[("", item(2, "Food")), ("zh-CN", item(2, "外卖"))]),
        entry(1, "styled", &[("", item(4, "bold"))]),
    ];
    let arrays = [
        wrapped(2),
        bytes(2, &[b"array"]),
        entry(0, "list", &[("", array)]),
    ];
    let layouts = [
        wrapped(3),
        bytes(2, &[b"layout"]),
        entry(0, "main", &[("", item(5, "res/layout/main.xml"))]),
    ];
    let package = [
        wrapped(0x7f),
        bytes(2, &[b"a.b"]),
        bytes(3, &[&strings.concat()]),
        bytes(3, &[&arrays.concat()]),
        bytes(3, &[&layouts.concat()]),
    ];
    [bytes(1, &[]), bytes(2, &[&package.concat()])].concat()
}

#[test]
fn a_bundle_reads_like_an_apk() {
    let (xml, pb) = (sample(), table());
    let limits = Limits::default();
    let document = Document::parse(&xml, &limits).unwrap();
    let resources = Resources::new(vec![("base/".to_owned(), Table::parse(&pb, &limits).unwrap())]);
    let manifest = manifest::read(&[("", &document)], &resources).unwrap();
    assert_eq!((manifest.package.as_str(), manifest.version_code), ("a.b", 42));
    assert_eq!(manifest.permissions[0].name, "android.permission.CAMERA");
    let label: Vec<_> = manifest
        .label
        .iter()
        .map(|(language, text)| (language.as_str(), text.as_str()))
        .collect();
    assert_eq!(label, [("", "Food"), ("zh-CN", "外卖")]);
    let main = &manifest.components[0];
    assert_eq!(
        (main.name.as_str(), main.exported, main.locator.as_str()),
        ("a.b.Main", true, "/application/activity[1]")
    );
    assert_eq!(codes(&manifest.anomalies), [""; 0]);
    assert_eq!(document.elements()[2].text.as_deref(), Some("words"));

    let contents = contents::read(
        &resources,
        &["base/res/layout/main.xml".to_owned()],
        contents::Most::default(),
    );
    assert_eq!(contents.languages, ["", "zh-CN"]);
    assert_eq!(contents.files["layout"], ["base/res/layout/main.xml"]);
    let strings: Vec<_> = contents
        .strings
        .iter()
        .map(|string| (string.name.as_str(), string.values[""].as_str()))
        .collect();
    assert_eq!(
        strings,
        [
            ("string/name", "Food"),
            ("string/styled", "bold"),
            ("array/list[0]", "one")
        ]
    );
}

#[test]
fn every_kind_of_item_has_a_value() {
    let cases = [
        (reference(0x7f01_0002), Some("@0x7f010002")),
        (
            bytes(1, &[&number(1, 1), &number(2, 0x0101_0030)]),
            Some("?0x01010030"),
        ),
        (bytes(1, &[&bytes(3, &[b"string/a"])]), Some("@string/a")),
        (bytes(2, &[&bytes(1, &[b"text"])]), Some("text")),
        (primitive(6, u64::MAX), Some("-1")),
        (primitive(7, 0x10), Some("16")),
        (primitive(8, 0), Some("false")),
        (primitive(9, 0xff00_0001), Some("#ff000001")),
        (primitive(13, 0x802), Some("8.0sp")),
        (bytes(7, &[&bytes(1, &[])]), None),
        (bytes(7, &[&bytes(2, &[])]), Some("")),
        // A float of 1.5 in four bytes.
        (bytes(7, &[&[3 << 3 | 5, 0, 0, 0xc0, 0x3f]]), Some("1.5")),
    ];
    for (item, expected) in cases {
        let xml = node("a", &[attribute("", "v", 0, "raw", Some(item.clone()))], &[]);
        let document = Document::parse(&xml, &Limits::default()).unwrap();
        let shown = document.attributes(document.root().unwrap())[0].value.text();
        assert_eq!(shown.as_deref(), expected, "{item:x?}");
    }
}

#[test]
fn deep_nesting_is_cut_without_recursion() {
    let mut deep = node("a", &[], &[]);
    for _ in 0..10_000 {
        deep = node("a", &[], &[deep]);
    }
    let document = Document::parse(&deep, &Limits::default()).unwrap();
    assert_eq!(document.elements().len(), 256);
    assert_eq!(codes(&document.faults), ["nesting_limit"]);
}

#[test]
fn a_broken_element_is_a_fault() {
    let broken = [
        bytes(3, &[b"a"]),
        bytes(5, &[&node("b", &[], &[])]),
        vec![0x2a, 0x7f],
    ]
    .concat();
    let xml = bytes(1, &[&broken]);
    let document = Document::parse(&xml, &Limits::default()).unwrap();
    assert_eq!(document.elements().len(), 2);
    assert_eq!(codes(&document.faults), ["xml_damaged"]);
}

#[test]
fn more_values_than_the_limit_are_refused() {
    let limits = Limits {
        strings: 4,
        ..Limits::default()
    };
    assert_eq!(Table::parse(&table(), &limits).unwrap_err().code, Code::Limit);
    assert!(Table::parse(&table(), &Limits { strings: 5, ..limits }).is_ok());
}
