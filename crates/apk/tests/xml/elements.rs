use apk::xml::elements::{Query, Selection};
use apk::xml::{Resources, Table};
use apk::{Code, Error, Limits};
use serde_json::{json, Value};

use crate::build::{
    android, config, package, plain, table, text, type_chunk, type_spec, Axml, Entry, Layout, V,
};

const TEXT: u8 = 0x03;

fn arsc() -> Vec<u8> {
    let (any, zh) = (config("", ""), config("zh", ""));
    let chunks = [
        type_spec(1, 1),
        type_chunk(1, &any, Layout::Dense, 1, &[(0, Entry::Plain(0, TEXT, 0))]),
        type_chunk(1, &zh, Layout::Dense, 1, &[(0, Entry::Plain(0, TEXT, 1))]),
        type_spec(2, 1),
        type_chunk(2, &any, Layout::Dense, 1, &[(0, Entry::Plain(0, 0x12, 0))]),
        type_spec(3, 1),
        type_chunk(
            3,
            &any,
            Layout::Dense,
            1,
            &[(0, Entry::Plain(1, 0x1c, 0xffcc_cccc))],
        ),
        type_spec(4, 1),
        type_chunk(4, &any, Layout::Dense, 1, &[(0, Entry::Bag(1, vec![]))]),
    ];
    table(
        &["Agree", "同意"],
        &[package(
            0x7f,
            &["string", "id", "color", "style"],
            &["agree", "grey"],
            &chunks,
        )],
    )
}

fn layout() -> Vec<u8> {
    let check = [
        android("textSize", 0x0101_0095, V::Typed(0x05, 8 << 8 | 2)),
        android("textColor", 0x0101_0098, V::Ref(0x7f03_0000)),
        android("id", 0x0101_00d0, V::Ref(0x7f02_0000)),
        android("", 0x0101_0106, V::Bool(true)),
        android("text", 0x0101_014f, V::Ref(0x7f01_0000)),
        android("onClick", 0x0101_026f, text("go")),
        plain("text", text("own")),
        plain("style", V::Ref(0x7f04_0000)),
    ];
    Axml::new()
        .start("LinearLayout", &[android("id", 0x0101_00d0, V::Ref(0x7f02_0000))])
        .leaf("TextView", &[android("hint", 0x0101_0150, text("x"))])
        .leaf("androidx.appcompat.widget.AppCompatCheckBox", &[])
        .leaf("CheckBox", &check)
        .leaf(
            "CheckBox",
            &[android("visibility", 0x0101_00dc, V::Typed(0x10, 2))],
        )
        .leaf(
            "View",
            &[
                android("background", 0x0101_00d4, V::Typed(0x02, 0x0101_0030)),
                android("text", 0x0101_014f, V::Ref(0x0104_0000)),
            ],
        )
        .end()
        .finish()
}

fn ask(query: Value, files: &[(&str, Result<&[u8], Error>)]) -> Value {
    let (arsc, limits) = (arsc(), Limits::default());
    let resources = Resources::new(vec![(String::new(), Table::parse(&arsc, &limits).unwrap())]);
    let query: Query = serde_json::from_value(query).unwrap();
    let mut selection = Selection::new(&query, &resources, &limits);
    for (file, data) in files {
        selection.file(file, "base.apk", data.clone());
    }
    serde_json::to_value(selection.finish()).unwrap()
}

#[test]
fn elements_are_found_by_attribute_and_by_tag() {
    let layout = layout();
    let query = json!({"files": null, "tags": ["CheckBox"],
        "attributes": ["checked", "text", "textSize", "textColor", "onClick", "style", "visibility"]});
    let answer = ask(query, &[("res/layout/main.xml", Ok(&layout))]);
    let row = |locator: &str, tag: &str, attributes: Value| json!({"file": "res/layout/main.xml", "container": "base.apk", "locator": locator, "tag": tag, "attributes": attributes});
    let long = "androidx.appcompat.widget.AppCompatCheckBox";
    let expected = json!({"elements": [
        row(&format!("/LinearLayout/{long}[1]"), long, json!({})),
        row("/LinearLayout/CheckBox[1]", "CheckBox", json!({"id": "id/agree", "checked": "true", "text": "同意",
            "textSize": "8.0sp", "textColor": "#ffcccccc", "onClick": "go", "style": "@0x7f040000"})),
        row("/LinearLayout/CheckBox[2]", "CheckBox", json!({"visibility": "2"})),
        row("/LinearLayout/View[1]", "View", json!({"text": "@0x01040000"})),
    ], "files": 1, "faults": [], "complete": true});
    assert_eq!(answer, expected);
}

#[test]
fn nothing_asked_for_is_nothing_found() {
    let layout = layout();
    let answer = ask(json!({}), &[("a.xml", Ok(&layout))]);
    assert_eq!(
        answer,
        json!({"elements": [], "files": 1, "faults": [], "complete": true})
    );
}

#[test]
fn files_that_cannot_be_read_are_faults() {
    let layout = layout();
    let missing = Err(Error::new(Code::NoEntry, "no such entry", "b.xml"));
    let answer = ask(
        json!({"tags": ["View"]}),
        &[("a.xml", Ok(b"<a/>")), ("b.xml", missing), ("c.xml", Ok(&layout))],
    );
    let expected = json!([
        {"where": "a.xml", "code": "xml_unreadable", "what": "plain text XML, which Android does not read"},
        {"where": "b.xml", "code": "xml_unreadable", "what": "no such entry"},
    ]);
    assert_eq!(answer["faults"], expected);
    assert_eq!(answer["complete"], json!(false));
    assert_eq!(answer["files"], json!(1));
    assert_eq!(answer["elements"].as_array().unwrap().len(), 2);
}

#[test]
fn an_unknown_key_of_a_query_is_refused() {
    assert!(serde_json::from_value::<Query>(json!({"atributes": ["text"]})).is_err());
}
