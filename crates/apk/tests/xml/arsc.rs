use apk::xml::{contents, Resources, Table, Value};
use apk::{Code, Limits};

use crate::build::{
    chunk, config, package, pool, set_u16, set_u32, table, table_of, type_chunk, type_spec, Entry, Layout,
};
use crate::codes;

const TEXT: u8 = 0x03;
const REFERENCE: u8 = 0x01;

const AGREE: u32 = 0x7f01_0000;
const TITLE: u32 = 0x7f01_0001;

fn plain(data: u32) -> Entry {
    Entry::Plain(0, TEXT, data)
}

/// One type `string`, entry 0 `agree`, with these values by configuration; strings are `s0`, `s1`, ….
fn strings(values: &[(&[u8], u32)]) -> Vec<u8> {
    let mut chunks = vec![type_spec(1, 2)];
    chunks.extend(
        values
            .iter()
            .map(|(config, text)| type_chunk(1, config, Layout::Dense, 2, &[(0, plain(*text))])),
    );
    table(
        &["s0", "s1", "s2", "s3", "s4"],
        &[package(0x7f, &["string"], &["agree", "title"], &chunks)],
    )
}

fn languages(bytes: &[u8]) -> Vec<(String, String)> {
    let resources = Resources::new(vec![(
        String::new(),
        Table::parse(bytes, &Limits::default()).unwrap(),
    )]);
    let texts = resources.texts(&Value::Reference(AGREE));
    texts
        .into_iter()
        .map(|(language, text)| (language, text.into_owned()))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(language, text)| ((*language).to_owned(), (*text).to_owned()))
        .collect()
}

/// What a reference comes to, by default and with Chinese preferred.
fn resolved(bytes: &[u8], id: u32) -> [String; 2] {
    use apk::xml::Prefer;
    let resources = Resources::new(vec![(
        String::new(),
        Table::parse(bytes, &Limits::default()).unwrap(),
    )]);
    let text = |prefer| {
        resources
            .resolve(&Value::Reference(id), prefer)
            .text()
            .unwrap()
            .into_owned()
    };
    [text(Prefer::Default), text(Prefer::Chinese)]
}

#[test]
fn each_language_has_its_text() {
    let bytes = strings(&[
        (&config("zh", "CN"), 1),
        (&config("", ""), 0),
        (&config("en", ""), 2),
    ]);
    assert_eq!(
        languages(&bytes),
        pairs(&[("", "s0"), ("en", "s2"), ("zh-CN", "s1")])
    );
    assert_eq!(resolved(&bytes, AGREE), ["s0", "s1"]);
}

#[test]
fn the_least_conditional_value_is_the_default() {
    let mut night = config("", "");
    night[29] = 0x20;
    let mut version = config("", "");
    set_u16(&mut version, 24, 21);
    let mut dense = config("", "");
    set_u16(&mut dense, 14, 480);
    let bytes = strings(&[(&night, 1), (&dense, 2), (&version, 3), (&config("zh", ""), 4)]);
    assert_eq!(resolved(&bytes, AGREE), ["s2", "s4"]);
    let bytes = strings(&[
        (&night, 1),
        (&version, 3),
        (&config("", ""), 0),
        (&config("", ""), 4),
    ]);
    assert_eq!(resolved(&bytes, AGREE), ["s0", "s0"]);
}

#[test]
fn simplified_chinese_comes_before_other_chinese_before_the_default() {
    let mut hans = config("zh", "");
    hans[36..40].copy_from_slice(b"Hans");
    let (taiwan, any, mainland, none) = (
        config("zh", "TW"),
        config("zh", ""),
        config("zh", "CN"),
        config("", ""),
    );
    let chinese = |values: &[(&[u8], u32)]| resolved(&strings(values), AGREE)[1].clone();
    assert_eq!(
        chinese(&[(&none, 0), (&taiwan, 1), (&any, 2), (&hans, 3), (&mainland, 4)]),
        "s4"
    );
    assert_eq!(chinese(&[(&none, 0), (&taiwan, 1), (&any, 2), (&hans, 3)]), "s3");
    assert_eq!(chinese(&[(&none, 0), (&taiwan, 1), (&any, 2)]), "s2");
    assert_eq!(chinese(&[(&none, 0), (&taiwan, 1)]), "s1");
    assert_eq!(chinese(&[(&none, 0), (&config("fr", ""), 1)]), "s0");
}

#[test]
fn languages_are_written_as_tags() {
    let mut script = config("zh", "HK");
    script[36..40].copy_from_slice(b"Hant");
    let mut computed = script.clone();
    computed[10..12].copy_from_slice(b"TW");
    computed[52] = 1;
    let mut variant = config("en", "US");
    variant[40..45].copy_from_slice(b"posix");
    // `fil` in five bits each: f = 5, i = 8, l = 11; region `419` counted from '0': 4, 1, 9.
    let mut three = config("", "");
    three[8..10].copy_from_slice(&[0x80 | 11 << 2 | 1, 5]);
    three[10..12].copy_from_slice(&[0x80 | 9 << 2, 1 << 5 | 4]);
    let bytes = strings(&[(&script, 0), (&computed, 1), (&variant, 2), (&three, 3)]);
    assert_eq!(
        languages(&bytes),
        pairs(&[
            ("en-US-posix", "s2"),
            ("fil-419", "s3"),
            ("zh-Hant-HK", "s0"),
            ("zh-TW", "s1")
        ])
    );
}

#[test]
fn a_short_configuration_leaves_the_rest_unset() {
    let mut old = config("zh", "CN")[..28].to_vec();
    set_u32(&mut old, 0, 28);
    assert_eq!(languages(&strings(&[(&old, 1)])), pairs(&[("zh-CN", "s1")]));
}

#[test]
fn every_layout_of_offsets_finds_the_same() {
    for layout in [Layout::Dense, Layout::Sparse, Layout::Offset16] {
        let entries = [(1, plain(1)), (3, Entry::Compact(1, TEXT, 3)), (7, plain(4))];
        let chunks = [
            type_spec(1, 8),
            type_chunk(1, &config("", ""), layout, 8, &entries),
        ];
        let bytes = table(
            &["s0", "s1", "s2", "s3", "s4"],
            &[package(0x7f, &["string"], &["a", "b"], &chunks)],
        );
        let table = Table::parse(&bytes, &Limits::default()).unwrap();
        assert!(
            table.faults.is_empty() && table.anomalies.is_empty(),
            "{layout:?}: {table:?}"
        );
        let resources = Resources::new(vec![(String::new(), table)]);
        let found: Vec<_> = (0..9)
            .map(|entry| resources.texts(&Value::Reference(0x7f01_0000 | entry)))
            .collect();
        let texts: Vec<_> = found.iter().map(|texts| texts[0].1.as_str()).collect();
        let missing = |entry: u32| format!("@0x7f01000{entry}");
        let expected = [
            &missing(0),
            "s1",
            &missing(2),
            "s3",
            &missing(4),
            &missing(5),
            &missing(6),
            "s4",
            &missing(8),
        ];
        assert_eq!(texts, expected, "{layout:?}");
        assert_eq!(resources.name(0x7f01_0003).as_deref(), Some("string/b"));
        assert_eq!(resources.name(0x7f01_0000), None);
    }
}

#[test]
fn references_are_followed_and_circles_are_not() {
    let entries = [
        (0, Entry::Plain(0, REFERENCE, TITLE)),
        (1, plain(2)),
        (2, Entry::Plain(0, REFERENCE, 0x7f01_0003)),
        (3, Entry::Plain(0, REFERENCE, 0x7f01_0002)),
        (4, Entry::Plain(0, REFERENCE, 0x7f01_0004)),
        (5, Entry::Plain(0, REFERENCE, 0x7f09_0000)),
        (6, Entry::Plain(0, REFERENCE, 0x0104_0000)),
    ];
    let chunks = [
        type_spec(1, 7),
        type_chunk(1, &config("", ""), Layout::Dense, 7, &entries),
    ];
    let bytes = table(
        &["s0", "s1", "s2"],
        &[package(0x7f, &["string"], &["k"], &chunks)],
    );
    for (entry, expected) in ["s2", "s2"].into_iter().enumerate() {
        assert_eq!(resolved(&bytes, 0x7f01_0000 | entry as u32)[0], expected);
    }
    for entry in 2..7 {
        assert_eq!(
            resolved(&bytes, 0x7f01_0000 | entry)[0],
            format!("@{:#010x}", 0x7f01_0000 | entry)
        );
    }
}

#[test]
fn the_first_string_pool_counts() {
    let chunks = [
        type_spec(1, 1),
        type_chunk(1, &config("", ""), Layout::Dense, 1, &[(0, plain(0))]),
    ];
    let package = package(0x7f, &["string"], &["agree"], &chunks);
    let bytes = table_of(&[pool(&["real"], true), pool(&["decoy"], true), package], 1);
    assert_eq!(languages(&bytes), pairs(&[("", "real")]));
    assert_eq!(
        codes(&Table::parse(&bytes, &Limits::default()).unwrap().anomalies),
        ["string_pool_repeated"]
    );
}

#[test]
fn the_first_of_two_packages_with_one_id_counts_and_splits_come_after_the_base() {
    let of = |text: u32| {
        let chunks = [
            type_spec(1, 1),
            type_chunk(1, &config("", ""), Layout::Dense, 1, &[(0, plain(text))]),
        ];
        package(0x7f, &["string"], &["agree"], &chunks)
    };
    let both = table(&["s0", "s1", "s2", "s3"], &[of(2), of(3)]);
    assert_eq!(resolved(&both, AGREE)[0], "s2");

    let (base, split) = (
        strings(&[(&config("", ""), 0)]),
        strings(&[(&config("", ""), 1), (&config("zh", ""), 2)]),
    );
    let parse = |bytes| Table::parse(bytes, &Limits::default()).unwrap();
    let resources = Resources::new(vec![
        (String::new(), parse(&base)),
        ("split_config.zh.apk!".to_owned(), parse(&split)),
    ]);
    let texts = resources.texts(&Value::Reference(AGREE));
    assert_eq!(
        texts,
        [(String::new(), "s0".into()), ("zh".to_owned(), "s2".into())]
    );
}

#[test]
fn odd_tables_are_read_and_noted() {
    let chunks = [
        type_spec(1, 1),
        type_chunk(1, &config("", ""), Layout::Dense, 1, &[(0, plain(0))]),
    ];
    let one = package(0x7f, &["string"], &["agree"], &chunks);
    let miscounted = table_of(&[pool(&["s0"], true), one.clone()], 5);
    let unknown = table_of(
        &[chunk(0x7777, &[], b"abcd"), pool(&["s0"], true), one.clone()],
        1,
    );
    let mut trailing = table(&["s0"], &[one]);
    trailing.extend([0; 4]);
    let specs = [type_spec(1, 0), type_spec(1, 0), chunks[1].clone()];
    let mismatched = table(&["s0"], &[package(0x7f, &["string"], &["agree"], &specs)]);
    let cases: [(&[u8], &[&str]); 4] = [
        (&miscounted, &["package_count"]),
        (&unknown, &["table_unknown_chunk"]),
        (&trailing, &["table_trailing_bytes"]),
        (&mismatched, &["type_spec_repeated", "type_spec_mismatch"]),
    ];
    for (bytes, anomalies) in cases {
        assert_eq!(
            codes(&Table::parse(bytes, &Limits::default()).unwrap().anomalies),
            anomalies
        );
        assert_eq!(languages(bytes), pairs(&[("", "s0")]));
    }
}

#[test]
fn a_damaged_type_costs_one_configuration() {
    let mut broken = type_chunk(1, &config("en", ""), Layout::Dense, 2, &[(0, plain(1))]);
    set_u32(&mut broken, 12, 0x4000_0000);
    let chunks = [
        type_spec(1, 2),
        broken,
        type_chunk(1, &config("", ""), Layout::Dense, 2, &[(0, plain(0))]),
    ];
    let bytes = table(&["s0", "s1"], &[package(0x7f, &["string"], &["agree"], &chunks)]);
    assert_eq!(languages(&bytes), pairs(&[("", "s0")]));
    assert_eq!(
        codes(&Table::parse(&bytes, &Limits::default()).unwrap().faults),
        ["type_damaged"]
    );
}

#[test]
fn entries_outside_their_chunk_have_no_value() {
    let mut outside = type_chunk(
        1,
        &config("", ""),
        Layout::Dense,
        2,
        &[(0, plain(0)), (1, plain(0))],
    );
    let header = 20 + 64;
    set_u32(&mut outside, header, 0x7fff_fff0);
    let bytes = table(
        &["s0"],
        &[package(
            0x7f,
            &["string"],
            &["agree"],
            &[type_spec(1, 2), outside],
        )],
    );
    assert_eq!(resolved(&bytes, AGREE)[0], "@0x7f010000");
    assert_eq!(resolved(&bytes, TITLE)[0], "s0");
}

#[test]
fn a_value_that_cannot_be_read_is_a_fault() {
    let entries = [(0, plain(99)), (1, plain(0))];
    let chunks = [
        type_spec(1, 2),
        type_chunk(1, &config("", ""), Layout::Dense, 2, &entries),
    ];
    let bytes = table(&["s0"], &[package(0x7f, &["string"], &["k"], &chunks)]);
    let resources = Resources::new(vec![(
        String::new(),
        Table::parse(&bytes, &Limits::default()).unwrap(),
    )]);
    let contents = contents::read(&resources, &[], contents::Most::default());
    assert_eq!(codes(&contents.faults), ["value_unreadable"]);
    assert!(!contents.complete);
    assert_eq!(contents.strings.len(), 1);
}

#[test]
fn no_table_is_refused() {
    let good = strings(&[(&config("", ""), 0)]);
    let mut kind = good.clone();
    set_u16(&mut kind, 0, 3);
    let mut size = good.clone();
    let length = good.len() as u32;
    set_u32(&mut size, 4, length + 4);
    let mut count = good.clone();
    set_u32(&mut count, 12 + 8, 0x1000_0000);
    for bytes in [&kind, &size, &count, &Vec::new(), &b"PK".to_vec()] {
        assert_eq!(
            Table::parse(bytes, &Limits::default()).unwrap_err().code,
            Code::Unreadable
        );
    }
}

#[test]
fn configurations_without_end_are_cut() {
    let mut chunks = vec![type_spec(1, 1)];
    for density in 1..=2000 {
        let mut config = config("", "");
        set_u16(&mut config, 14, density);
        chunks.push(type_chunk(1, &config, Layout::Dense, 1, &[(0, plain(0))]));
    }
    let bytes = table(&["s0"], &[package(0x7f, &["string"], &["agree"], &chunks)]);
    assert_eq!(
        codes(&Table::parse(&bytes, &Limits::default()).unwrap().faults)[0],
        "variant_limit"
    );
    assert_eq!(resolved(&bytes, AGREE)[0], "s0");
}

/// Strings, an array, plurals, a style, and files of three types.
fn rich() -> Vec<u8> {
    let any = config("", "");
    let zh = config("zh", "");
    let fr = config("fr", "");
    let array = Entry::Bag(2, vec![(0x0200_0000, TEXT, 0), (0x0200_0001, REFERENCE, AGREE)]);
    let unnamed = Entry::Bag(1, vec![(0x0100_0001, TEXT, 1), (0x0100_0004, TEXT, 2)]);
    let plurals = Entry::Bag(3, vec![(0x0100_0004, TEXT, 3), (0x0100_0006, TEXT, 2)]);
    let style = Entry::Bag(2, vec![(0x0101_0095, 0x05, 0x0801)]);
    let chunks = [
        type_spec(1, 3),
        type_chunk(1, &any, Layout::Dense, 3, &[(0, Entry::Plain(0, TEXT, 0))]),
        type_chunk(1, &zh, Layout::Dense, 3, &[(0, Entry::Plain(0, TEXT, 1))]),
        type_chunk(
            1,
            &fr,
            Layout::Dense,
            3,
            &[(0, Entry::Plain(0, TEXT, 2)), (2, Entry::Plain(1, TEXT, 3))],
        ),
        type_spec(2, 2),
        type_chunk(2, &any, Layout::Dense, 2, &[(0, array), (1, unnamed)]),
        type_spec(3, 1),
        type_chunk(3, &any, Layout::Dense, 1, &[(0, plurals)]),
        type_spec(4, 1),
        type_chunk(4, &any, Layout::Dense, 1, &[(0, style)]),
        type_spec(5, 2),
        type_chunk(
            5,
            &any,
            Layout::Dense,
            2,
            &[(0, Entry::Plain(1, TEXT, 4)), (1, Entry::Plain(1, TEXT, 5))],
        ),
    ];
    let types = ["string", "array", "plurals", "style", "layout"];
    let keys = ["agree", "title", "list", "days"];
    table(
        &["Agree", "同意", "Accepter", "titre", "res/aB.xml", "res/gone.xml"],
        &[package(0x7f, &types, &keys, &chunks)],
    )
}

#[test]
fn contents_list_languages_files_and_strings() {
    let bytes = rich();
    let resources = Resources::new(vec![(
        String::new(),
        Table::parse(&bytes, &Limits::default()).unwrap(),
    )]);
    let entries = [
        "res/aB.xml",
        "res/layout-land/b.xml",
        "res/xml/net.xml",
        "split_a.apk!res/raw/x.json",
        "res/layout",
    ];
    let entries = entries.map(str::to_owned);
    let contents = contents::read(&resources, &entries, contents::Most::default());
    let json = serde_json::to_value(&contents).unwrap();
    let expected = serde_json::json!({
        "languages": ["", "fr", "zh"],
        "files": {"layout": ["res/aB.xml", "res/layout-land/b.xml"], "xml": ["res/xml/net.xml"],
                  "raw": ["split_a.apk!res/raw/x.json"]},
        "strings": [
            {"name": "string/agree", "id": "0x7f010000", "values": {"": "Agree", "zh": "同意"}},
            {"name": "string/title", "id": "0x7f010002", "values": {"fr": "titre"}},
            {"name": "array/list[0]", "id": "0x7f020000", "values": {"": "Agree"}},
            {"name": "array/list[1]", "id": "0x7f020000", "values": {"": "Agree"}},
            {"name": "array/title[0]", "id": "0x7f020001", "values": {"": "同意"}},
            {"name": "array/title[1]", "id": "0x7f020001", "values": {"": "Accepter"}},
            {"name": "plurals/days#one", "id": "0x7f030000", "values": {"": "Accepter"}},
            {"name": "plurals/days#other", "id": "0x7f030000", "values": {"": "titre"}},
        ],
        "strings_cut": false,
        "anomalies": [{"where": "res/gone.xml", "code": "resource_file_missing",
                       "what": "the table names a file of the type layout that is not there"}],
        "faults": [], "complete": true,
    });
    assert_eq!(json, expected);
    assert_eq!(
        contents::xml_files(&resources, &entries),
        (
            ["res/aB.xml", "res/layout-land/b.xml", "res/xml/net.xml"]
                .map(str::to_owned)
                .into(),
            vec![]
        )
    );
}

#[test]
fn strings_are_cut_where_asked() {
    let bytes = rich();
    let resources = Resources::new(vec![(
        String::new(),
        Table::parse(&bytes, &Limits::default()).unwrap(),
    )]);
    let count = |strings, bytes| {
        let contents = contents::read(&resources, &[], contents::Most { strings, bytes });
        (contents.strings.len(), contents.strings_cut)
    };
    assert_eq!(count(8, 1000), (8, false));
    assert_eq!(count(7, 1000), (7, true));
    // "Agree" and "同意" are eleven bytes.
    assert_eq!(count(8, 11), (1, true));
    assert_eq!(count(8, 10), (0, true));
}
