use apk::xml::{Document, Value};
use apk::{Code, Limits};

use crate::build::{
    android, chunk, document, plain, pool, set_u16, set_u32, text, u32s, Axml, Event, Parts, EXPORTED, LABEL,
    NAME, V,
};
use crate::codes;

fn sample() -> Axml {
    Axml::new()
        .start("manifest", &[plain("package", text("a.b"))])
        .leaf("uses-permission", &[android("name", NAME, text("p.ONE"))])
        .start("application", &[android("label", LABEL, text("应用"))])
        .leaf(
            "activity",
            &[
                android("name", NAME, text(".Main")),
                android("exported", EXPORTED, V::Bool(true)),
            ],
        )
        .leaf("activity", &[android("name", NAME, text(".Other"))])
        .text("  ")
        .text("words")
        .end()
        .end()
}

/// The document as lines: locator, then `name=value` of each attribute.
fn lines(document: &Document<'_>) -> Vec<String> {
    let all = (0u32..).zip(document.elements());
    all.map(|(number, element)| {
        let attributes = document.attributes(element).iter();
        attributes.fold(document.locator(number, 0), |line, attribute| {
            format!(
                "{line} {}={}",
                attribute.name,
                attribute.value.text().unwrap_or_default()
            )
        })
    })
    .collect()
}

const SAMPLE: [&str; 5] = [
    "/manifest package=a.b",
    "/manifest/uses-permission[1] name=p.ONE",
    "/manifest/application[1] label=应用",
    "/manifest/application[1]/activity[1] name=.Main exported=true",
    "/manifest/application[1]/activity[2] name=.Other",
];

fn read(bytes: &[u8]) -> Document<'_> {
    Document::parse(bytes, &Limits::default()).unwrap()
}

fn refused(bytes: &[u8]) -> Code {
    Document::parse(bytes, &Limits::default()).unwrap_err().code
}

/// The sample with other parts, which must read the same and note exactly these anomalies.
#[track_caller]
fn tolerated(bytes: &[u8], anomalies: &[&str]) {
    let document = read(bytes);
    assert_eq!(lines(&document), SAMPLE);
    assert_eq!(codes(&document.anomalies), anomalies);
    assert_eq!(codes(&document.faults), [""; 0]);
}

#[test]
fn both_encodings_read_the_same() {
    tolerated(&sample().finish(), &[]);
    tolerated(
        &Axml {
            utf8: true,
            ..sample()
        }
        .finish(),
        &[],
    );
}

#[test]
fn text_belongs_to_the_element_around_it() {
    let bytes = sample().finish();
    let texts: Vec<_> = read(&bytes)
        .elements()
        .iter()
        .map(|element| element.text.clone())
        .collect();
    assert_eq!(texts, [None, None, Some("words".into()), None, None]);
}

#[test]
fn children_are_the_elements_directly_inside() {
    let bytes = sample().finish();
    let document = read(&bytes);
    let names = |parent| {
        document
            .children(parent)
            .map(|(at, child)| (at, child.name.to_string()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(0),
        [(1, "uses-permission".to_owned()), (2, "application".to_owned())]
    );
    assert_eq!(names(2), [(3, "activity".to_owned()), (4, "activity".to_owned())]);
    assert_eq!(names(4), []);
    assert_eq!(names(99), []);
}

#[test]
fn the_type_of_the_file_header_does_not_matter() {
    let mut bytes = sample().finish();
    set_u16(&mut bytes, 0, 0x0008);
    tolerated(&bytes, &["xml_header_type"]);
}

#[test]
fn a_longer_file_header_is_skipped() {
    let Parts { pool, ids, nodes } = sample().parts();
    tolerated(
        &chunk(3, &[1, 2, 3, 4], &[vec![pool, ids], nodes].concat().concat()),
        &["xml_header_size"],
    );
}

#[test]
fn bytes_behind_the_stated_size_do_not_count() {
    let mut bytes = sample().finish();
    bytes.extend(b"more");
    tolerated(&bytes, &["xml_trailing_bytes"]);
}

#[test]
fn a_size_beyond_the_file_is_refused() {
    let mut bytes = sample().finish();
    let size = bytes.len() as u32;
    set_u32(&mut bytes, 4, size + 4);
    assert_eq!(refused(&bytes), Code::Unreadable);
}

#[test]
fn unknown_chunks_are_skipped() {
    let Parts { pool, ids, nodes } = sample().parts();
    let odd = chunk(0x7777, &[], b"12345678");
    let before = [vec![odd.clone(), pool.clone(), odd, ids.clone()], nodes.clone()].concat();
    tolerated(&document(&before), &["xml_unknown_chunk", "xml_unknown_chunk"]);

    let odd_node = chunk(0x0155, &u32s(&[0, 0]), b"12345678");
    let (first, rest) = nodes.split_at(2);
    let between = [vec![pool, ids], first.to_vec(), vec![odd_node], rest.to_vec()].concat();
    tolerated(&document(&between), &["xml_unknown_chunk"]);
}

#[test]
fn a_chunk_between_nodes_needs_the_header_of_a_node() {
    let Parts { pool, ids, nodes } = sample().parts();
    let (first, rest) = nodes.split_at(2);
    let bytes = document(
        &[
            vec![pool, ids],
            first.to_vec(),
            vec![chunk(0x0155, &[], b"1234")],
            rest.to_vec(),
        ]
        .concat(),
    );
    let document = read(&bytes);
    assert_eq!(lines(&document), SAMPLE[..2]);
    assert_eq!(codes(&document.faults), ["xml_damaged"]);
}

#[test]
fn the_last_string_pool_before_the_root_counts() {
    let Parts {
        pool: real,
        ids,
        nodes,
    } = sample().parts();
    let decoy = pool(&["no", "such", "words"], true);
    let with = |pools: Vec<Vec<u8>>| document(&[pools, vec![ids.clone()], nodes.clone()].concat());
    tolerated(
        &with(vec![decoy.clone(), real.clone()]),
        &["string_pool_repeated"],
    );
    let mut broken = decoy.clone();
    set_u32(&mut broken, 8, 0x1000);
    tolerated(
        &with(vec![broken.clone(), real.clone()]),
        &["string_pool_repeated"],
    );
    assert_eq!(refused(&with(vec![real.clone(), broken])), Code::Unreadable);

    let late = document(&[vec![real, ids], nodes, vec![decoy]].concat());
    tolerated(&late, &[]);
}

#[test]
fn a_missing_string_pool_is_refused() {
    let Parts { ids, nodes, .. } = sample().parts();
    assert_eq!(refused(&document(&[vec![ids], nodes].concat())), Code::Unreadable);
}

#[test]
fn a_document_without_nodes_is_refused() {
    let Parts { pool, ids, .. } = sample().parts();
    assert_eq!(refused(&document(&[pool, ids])), Code::Unreadable);
}

#[test]
fn plain_text_is_refused() {
    for text in [
        "<manifest package='a.b'/>",
        "\u{feff}<?xml version='1.0'?><a/>",
        "\n <a/>",
    ] {
        assert_eq!(refused(text.as_bytes()), Code::Unreadable);
    }
}

#[test]
fn nothing_is_refused() {
    for length in 0..8 {
        assert_eq!(refused(&vec![0; length]), Code::Unreadable);
    }
}

/// The sample's activity, its attributes laid out in other places.
fn laid_out(start: u16, stride: u16) -> Vec<u8> {
    let mut parts = sample().parts();
    for node in parts.nodes.iter_mut().filter(|node| node[0] == 2) {
        let attributes: Vec<Vec<u8>> = node[36..].chunks(20).map(<[u8]>::to_vec).collect();
        let mut body = node[16..36].to_vec();
        set_u16(&mut body, 8, start);
        set_u16(&mut body, 10, stride);
        body.resize(usize::from(start), 0xee);
        for mut attribute in attributes {
            attribute.resize(usize::from(stride), 0xee);
            body.extend(attribute);
        }
        *node = chunk(0x0102, &node[8..16], &body);
    }
    parts.finish()
}

#[test]
fn attributes_are_where_the_node_says() {
    let expected = ["attribute_layout"; 5];
    tolerated(&laid_out(24, 20), &expected);
    tolerated(&laid_out(20, 28), &expected);
    tolerated(&laid_out(36, 24), &expected);
}

#[test]
fn more_attributes_than_bytes_end_the_reading() {
    let mut parts = sample().parts();
    set_u16(&mut parts.nodes[1], 16 + 12, 2);
    let bytes = parts.finish();
    let document = read(&bytes);
    assert_eq!(lines(&document), SAMPLE[..1]);
    assert_eq!(codes(&document.faults), ["xml_damaged"]);
}

#[test]
fn fewer_attributes_than_bytes_hide_the_others() {
    let mut parts = sample().parts();
    set_u16(&mut parts.nodes[1], 16 + 12, 0);
    let bytes = parts.finish();
    assert_eq!(lines(&read(&bytes))[1], "/manifest/uses-permission[1]");
}

#[test]
fn an_id_decides_the_name() {
    let bytes = Axml::new()
        .start("a", &[])
        .leaf("b", &[android("", NAME, text("x"))])
        .leaf("c", &[android("label", NAME, text("y"))])
        .leaf("d", &[android("", 0x0101_9999, text("z"))])
        .leaf("e", &[android("name", 0x0101_9999, text("z"))])
        .leaf("f", &[android("brandNew", 0x0101_9999, text("z"))])
        .leaf("g", &[android("own", 0x7f01_0001, text("z"))])
        .end()
        .finish();
    let document = read(&bytes);
    let names: Vec<_> = document.elements()[1..]
        .iter()
        .map(|e| document.attributes(e)[0].name.to_string())
        .collect();
    assert_eq!(
        names,
        ["name", "name", "0x01019999", "0x01019999", "brandNew", "own"]
    );
    assert_eq!(codes(&document.anomalies), ["attribute_name_mismatch"; 4]);
}

#[test]
fn an_attribute_behind_a_higher_id_is_marked() {
    let attributes = [
        android("exported", EXPORTED, V::Bool(true)),
        android("name", NAME, text(".Hidden")),
        plain("free", text("1")),
        android("exported", EXPORTED, V::Bool(false)),
        android("enabled", 0x0101_0019, V::Bool(false)),
    ];
    let bytes = Axml::new().leaf("activity", &attributes).finish();
    let document = read(&bytes);
    let missed: Vec<bool> = document
        .attributes(document.root().unwrap())
        .iter()
        .map(|a| a.missed)
        .collect();
    assert_eq!(missed, [false, true, false, true, false]);
    assert!(document
        .anomalies
        .iter()
        .any(|row| row.code == "attribute_order" && row.place == "/activity@name"));
}

#[test]
fn values_are_shown_as_their_type_says() {
    let dimension = |mantissa: u32, unit: u32| mantissa << 8 | unit;
    let cases = [
        (0x00, 0, None),
        (0x00, 1, Some("")),
        (0x01, 0x7f01_0002, Some("@0x7f010002")),
        (0x01, 0, None),
        (0x02, 0x0101_0030, Some("?0x01010030")),
        (0x04, 1.5f32.to_bits(), Some("1.5")),
        (0x05, dimension(8, 2), Some("8.0sp")),
        (0x05, dimension(16, 1), Some("16.0dip")),
        // A mantissa of 23 bits behind the point, radix 3: one half.
        (0x05, 0x4000_0030, Some("0.5px")),
        (0x05, dimension(0x00ff_fffe, 0), Some("-2.0px")),
        // One half as a fraction of the parent.
        (0x06, 0x4000_0031, Some("50.0%p")),
        (0x10, u32::MAX, Some("-1")),
        (0x11, 0xffff_ffff, Some("4294967295")),
        (0x12, 1, Some("true")),
        (0x12, 0, Some("false")),
        (0x1c, 0xffcc_cccc, Some("#ffcccccc")),
        (0x1f, 0x0000_00ff, Some("#000000ff")),
    ];
    for (kind, data, expected) in cases {
        let bytes = Axml::new()
            .leaf("a", &[plain("v", V::Typed(kind, data))])
            .finish();
        let document = read(&bytes);
        let shown = document.attributes(document.root().unwrap())[0]
            .value
            .text()
            .map(|text| text.into_owned());
        assert_eq!(shown.as_deref(), expected, "type {kind:#x}, data {data:#x}");
    }
}

#[test]
fn a_value_of_an_unknown_type_is_lost_and_said_so() {
    for (kind, data) in [(0x77, 0), (0x03, 0x00ff_ffff)] {
        let bytes = Axml::new()
            .leaf("a", &[plain("v", V::Typed(kind, data))])
            .finish();
        let document = read(&bytes);
        assert_eq!(
            document.attributes(document.root().unwrap())[0].value,
            Value::Null
        );
        assert_eq!(codes(&document.faults), ["attribute_value"]);
    }
}

#[test]
fn what_follows_the_root_does_not_count() {
    let again = sample()
        .leaf("manifest", &[plain("package", text("evil"))])
        .end()
        .raw(vec![0xff; 32]);
    tolerated(&again.finish(), &[]);
}

#[test]
fn elements_left_open_end_with_the_document() {
    let mut open = sample();
    open.events.truncate(open.events.len() - 2);
    tolerated(&open.finish(), &["xml_not_closed"]);
}

#[test]
fn the_names_of_end_tags_do_not_matter() {
    let mut parts = sample().parts();
    for node in parts.nodes.iter_mut().filter(|node| node[0] == 3) {
        set_u32(node, 20, 0xdead_beef);
    }
    tolerated(&parts.finish(), &[]);
}

#[test]
fn a_damaged_node_ends_the_reading() {
    // A header too short, a size beyond the file, a size of no whole words, a size smaller than the header.
    for (at, value) in [(0, 0x0008_0102), (4, 0x7fff_0000), (4, 57), (4, 8)] {
        let mut parts = sample().parts();
        set_u32(&mut parts.nodes[3], at, value);
        let bytes = parts.finish();
        let document = read(&bytes);
        assert_eq!(codes(&document.faults), ["xml_damaged"], "{at} = {value:#x}");
        assert_eq!(lines(&document), SAMPLE[..2]);
    }
}

#[test]
fn ten_thousand_nested_elements_are_cut_at_the_limit() {
    let mut deep = Axml::new();
    deep.events
        .extend((0..10_000).map(|_| Event::Start("a".to_owned(), vec![plain("b", text("c"))])));
    deep.events.extend((0..9_999).map(|_| Event::End));
    let bytes = deep.leaf("last", &[]).end().finish();
    let document = read(&bytes);
    assert_eq!(document.elements().len(), 257);
    assert_eq!(document.elements()[256].name, "last");
    assert_eq!(document.elements()[256].parent, Some(0));
    assert_eq!(codes(&document.faults), ["nesting_limit"]);

    let all = Document::parse(
        &bytes,
        &Limits {
            xml_depth: 20_000,
            ..Limits::default()
        },
    )
    .unwrap();
    assert_eq!(all.elements().len(), 10_001);
    assert_eq!(codes(&all.faults), [""; 0]);
}

#[test]
fn the_limit_of_elements_holds() {
    let bytes = sample().finish();
    let document = Document::parse(
        &bytes,
        &Limits {
            nodes: 3,
            ..Limits::default()
        },
    )
    .unwrap();
    assert_eq!(lines(&document), SAMPLE[..3]);
    assert_eq!(codes(&document.faults), ["element_limit"]);
}

#[test]
fn attributes_that_share_their_bytes_are_counted() {
    let mut parts = Axml::new().leaf("a", &[plain("b", text("c"))]).parts();
    set_u16(&mut parts.nodes[0], 16 + 10, 0);
    set_u16(&mut parts.nodes[0], 16 + 12, u16::MAX);
    let bytes = parts.finish();
    let document = Document::parse(
        &bytes,
        &Limits {
            nodes: 1000,
            ..Limits::default()
        },
    )
    .unwrap();
    assert_eq!(document.attributes(document.root().unwrap()).len(), 1000);
    assert_eq!(codes(&document.faults), ["attribute_limit"]);
}

#[test]
fn a_very_long_name_is_cut_in_locators_only() {
    let name = "n".repeat(5000);
    let bytes = Axml::new().start("a", &[]).leaf(&name, &[]).end().finish();
    let document = read(&bytes);
    assert_eq!(document.elements()[1].name.len(), 5000);
    assert_eq!(document.locator(1, 0), format!("/a/{}…[1]", "n".repeat(96)));
}
