//! Inputs cut short and with bits turned over: an answer or an error, never a panic, and never more than the limits allow.

use apk::xml::elements::{Query, Selection};
use apk::xml::{contents, manifest, Document, Resources, Table};
use apk::Limits;

use crate::build::{
    android, config, number, package, plain, pool_of, set_u32, table, text, type_chunk, type_spec, u16s,
    Axml, Entry, Layout, EXPORTED, NAME, V,
};

fn manifest_xml(utf8: bool) -> Vec<u8> {
    let mut axml = Axml { utf8, ..Axml::new() };
    axml = axml.start("manifest", &[plain("package", text("a.b"))]);
    axml = axml.leaf(
        "uses-permission",
        &[android("name", NAME, text("android.permission.CAMERA"))],
    );
    axml = axml.start(
        "application",
        &[android("label", 0x0101_0001, V::Ref(0x7f01_0000))],
    );
    axml = axml.start(
        "activity",
        &[
            android("name", NAME, text(".Main")),
            android("exported", EXPORTED, V::Bool(true)),
        ],
    );
    axml = axml
        .start("intent-filter", &[])
        .leaf("action", &[android("name", NAME, text("x"))])
        .end()
        .end();
    axml.text("words").end().end().finish()
}

fn arsc() -> Vec<u8> {
    let (any, zh) = (config("", ""), config("zh", "CN"));
    let array = Entry::Bag(1, vec![(0x0200_0000, 3, 0), (0x0200_0001, 1, 0x7f01_0000)]);
    let chunks = [
        type_spec(1, 4),
        type_chunk(
            1,
            &any,
            Layout::Dense,
            4,
            &[(0, Entry::Plain(0, 3, 0)), (3, Entry::Plain(1, 1, 0x7f01_0000))],
        ),
        type_chunk(
            1,
            &zh,
            Layout::Sparse,
            4,
            &[(0, Entry::Plain(0, 3, 1)), (2, Entry::Compact(1, 3, 1))],
        ),
        type_spec(2, 1),
        type_chunk(2, &any, Layout::Offset16, 1, &[(0, array)]),
    ];
    table(
        &["Food", "外卖"],
        &[package(0x7f, &["string", "array"], &["name", "list"], &chunks)],
    )
}

/// A bundle's manifest and table, small and flat.
fn protobuf() -> (Vec<u8>, Vec<u8>) {
    use crate::build::bytes;
    let name = bytes(4, &[&bytes(2, &[b"package"]), &bytes(3, &[b"a.b"])]);
    let child = bytes(5, &[&bytes(1, &[&bytes(3, &[b"application"])])]);
    let xml = bytes(1, &[&bytes(3, &[b"manifest"]), &name, &child]);
    let value = bytes(
        6,
        &[
            &bytes(1, &[]),
            &bytes(2, &[&bytes(4, &[&bytes(2, &[&bytes(1, &[b"Food"])])])]),
        ],
    );
    let entry = bytes(3, &[&bytes(1, &[&number(1, 0)]), &bytes(2, &[b"name"]), &value]);
    let kind = bytes(3, &[&bytes(1, &[&number(1, 1)]), &bytes(2, &[b"string"]), &entry]);
    (xml, bytes(2, &[&bytes(1, &[&number(1, 0x7f)]), &kind]))
}

/// Everything there is to ask of a manifest and a table. Whether it came to an answer.
fn ask(xml: &[u8], arsc: &[u8]) -> bool {
    let limits = Limits {
        strings: 10_000,
        nodes: 1_000,
        ..Limits::default()
    };
    let tables = Table::parse(arsc, &limits)
        .ok()
        .map(|table| (String::new(), table));
    let resources = Resources::new(tables.into_iter().collect());
    let contents = contents::read(
        &resources,
        &["res/xml/a.xml".to_owned()],
        contents::Most {
            strings: 100,
            bytes: 10_000,
        },
    );
    assert!(contents.strings.len() <= 100);
    let query = Query {
        files: None,
        attributes: vec!["name".to_owned(), "label".to_owned()],
        tags: vec!["n".to_owned()],
    };
    let mut selection = Selection::new(&query, &resources, &limits);
    selection.file("a.xml", "base.apk", Ok(xml));
    assert!(selection.finish().elements.len() <= 1_000);
    let Ok(document) = Document::parse(xml, &limits) else {
        return false;
    };
    assert!(document.elements().len() <= 1_000);
    for number in 0..document.elements().len() as u32 {
        assert!(document.locator(number, 0).starts_with('/'));
    }
    manifest::read(&[("", &document)], &resources).is_ok()
}

/// Every sixteenth length, and one bit turned over at every place with a fixed order of bits.
fn spoiled(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let cut = (0..bytes.len())
        .step_by(16)
        .map(|length| bytes[..length].to_vec());
    let flipped = (0..bytes.len()).map(|at| {
        let mut copy = bytes.to_vec();
        copy[at] ^= 1 << (at.wrapping_mul(0x9e37_79b9) >> 16 & 7);
        copy
    });
    // Two random places at once, from a linear congruential generator with a fixed seed.
    let mut state = 0x2545_f491u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize
    };
    let both = (0..500).map(move |_| {
        let mut copy = bytes.to_vec();
        for _ in 0..2 {
            let (at, bit) = (random() % copy.len(), random() % 8);
            copy[at] ^= 1 << bit;
        }
        copy
    });
    cut.chain(flipped).chain(both)
}

#[test]
fn spoiled_binary_files_never_panic() {
    let arsc = arsc();
    for utf8 in [false, true] {
        let xml = manifest_xml(utf8);
        assert!(ask(&xml, &arsc));
        assert_ne!(spoiled(&xml).filter(|xml| ask(xml, &arsc)).count(), 0);
    }
    let xml = manifest_xml(true);
    assert_ne!(spoiled(&arsc).filter(|arsc| ask(&xml, arsc)).count(), 0);
}

#[test]
fn spoiled_protobuf_never_panics() {
    let (xml, pb) = protobuf();
    assert!(ask(&xml, &pb));
    assert_ne!(spoiled(&xml).filter(|xml| ask(xml, &pb)).count(), 0);
    assert_ne!(spoiled(&pb).filter(|pb| ask(&xml, pb)).count(), 0);
}

#[test]
fn a_table_cut_short_keeps_what_came_before_or_is_refused() {
    let arsc = arsc();
    for length in (0..arsc.len()).step_by(16) {
        assert!(
            Table::parse(&arsc[..length], &Limits::default()).is_err(),
            "{length}"
        );
    }
}

#[test]
fn strings_that_all_overlap_are_decoded_up_to_a_bound() {
    // Each word says how many words follow up to the one zero at the end, so each is a string of its own.
    const WORDS: u16 = 0x7000;
    let words: Vec<u16> = (0..WORDS).map(|at| WORDS - 1 - at).chain([0]).collect();
    let mut pool = pool_of(&vec![Vec::new(); usize::from(WORDS)], false);
    let size = pool.len();
    pool.extend(u16s(&words));
    pool.resize(pool.len().next_multiple_of(4), 0);
    let whole = pool.len() as u32;
    set_u32(&mut pool, 4, whole);
    set_u32(&mut pool, 20, size as u32);
    for at in 0..u32::from(WORDS) {
        set_u32(&mut pool, 28 + 4 * at as usize, at * 2);
    }
    let mut axml = Axml::new().start("a", &[]);
    for _ in 0..usize::from(WORDS) {
        axml = axml.leaf("b", &[]);
    }
    let mut parts = axml.parts();
    for (at, node) in parts.nodes.iter_mut().filter(|node| node[0] == 2).enumerate() {
        set_u32(node, 20, at as u32);
    }
    parts.pool = pool;
    let bytes = parts.finish();
    let document = Document::parse(&bytes, &Limits::default()).unwrap();
    let kept: usize = document.elements().iter().map(|element| element.name.len()).sum();
    assert!(kept < 17 << 20, "{kept}");
    assert_eq!(crate::codes(&document.faults)[0], "text_limit");
}
