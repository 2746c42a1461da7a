//! Which questions of a query a package answers, and where.
#![allow(clippy::unwrap_used, clippy::panic)]

mod assembler;

use assembler::{assemble, assemble_as};
use dex::{
    CallQuery, ClassQuery, DexSource, FieldQuery, Find, Finds, Kind, Limits, Match, Query, StringQuery, Via,
};

fn ask(files: &[(&str, &[u8], u32)], query: &Query) -> Finds {
    let sources: Vec<DexSource<'_>> = files
        .iter()
        .map(|(path, bytes, group)| DexSource {
            path: (*path).into(),
            bytes,
            group: *group,
        })
        .collect();
    dex::find(&sources, query, &Limits::default())
}

fn ask_one(text: &str, query: &Query) -> Finds {
    let finds = ask(&[("classes.dex", &assemble(text), 0)], query);
    assert_eq!(finds.faults, []);
    finds
}

fn call(class: &str, name: &str, proto: Option<&str>) -> CallQuery {
    CallQuery {
        id: format!("{class}{name}"),
        class: class.into(),
        name: name.into(),
        proto: proto.map(Into::into),
    }
}

fn calls(all: Vec<CallQuery>) -> Query {
    Query {
        calls: all,
        ..Query::default()
    }
}

/// The places of the finds, as `class->method+offset via`.
fn places(finds: &[Find]) -> Vec<String> {
    let offset = |find: &Find| find.offset.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let method = |find: &Find| find.method.clone().unwrap_or_default();
    finds
        .iter()
        .map(|find| format!("{}->{}+{} {:?}", find.class, method(find), offset(find), find.via))
        .collect()
}

const TWO_CALLS: &str = ".class La/B; source \"B.java\"
    .method static c(I)V registers 2
    .line 40
    const-string v0, \"phone\"
    .line 42
    invoke-static {v0}, LT;->get(Ljava/lang/String;)V
    invoke-static {v1}, LT;->get(I)V
    return-void
    .end";

#[test]
fn a_call_is_found_with_its_place_line_and_source() {
    let finds = ask_one(TWO_CALLS, &calls(vec![call("LT;", "get", Some("(I)V"))])).finds;
    assert_eq!(finds.len(), 1);
    let find = &finds[0];
    assert_eq!(
        (find.q.as_str(), find.kind, find.via),
        ("LT;get", Kind::Call, Via::Exact)
    );
    assert_eq!((find.dex.as_str(), find.class.as_str()), ("classes.dex", "La/B;"));
    assert_eq!(
        (find.method.as_deref(), find.proto.as_deref()),
        (Some("c"), Some("(I)V"))
    );
    assert_eq!(
        (find.offset, find.line, find.source_file.as_deref()),
        (Some(5), Some(42), Some("B.java"))
    );
    assert_eq!(find.target, "LT;->get(I)V");
    assert!(find.excerpt.is_empty());
}

#[test]
fn no_prototype_asks_for_every_one() {
    let finds = ask_one(TWO_CALLS, &calls(vec![call("LT;", "get", None)])).finds;
    assert_eq!(places(&finds), ["La/B;->c+2 Exact", "La/B;->c+5 Exact"]);
}

#[test]
fn an_excerpt_lists_the_instructions_around() {
    let query = Query {
        excerpts: true,
        ..calls(vec![call("LT;", "get", Some("(I)V"))])
    };
    let finds = ask_one(TWO_CALLS, &query).finds;
    let expected = [
        "0000: const-string v0, \"phone\"",
        "0002: invoke-static {v0}, LT;->get(Ljava/lang/String;)V",
        "0005: invoke-static {v1}, LT;->get(I)V",
        "0008: return-void",
    ];
    assert_eq!(finds[0].excerpt, expected);
}

#[test]
fn a_long_line_of_an_excerpt_is_cut() {
    let text = format!(
        ".class La/B;\n.method static c()V registers 1\nconst-string v0, \"{}\"\nreturn-void\n.end",
        "长".repeat(300)
    );
    let string = StringQuery {
        id: "S".into(),
        value: "长".into(),
        how: Match::Prefix,
    };
    let finds = ask_one(
        &text,
        &Query {
            strings: vec![string],
            excerpts: true,
            ..Query::default()
        },
    )
    .finds;
    assert_eq!(finds[0].excerpt[0].chars().count(), 160);
    assert!(finds[0].excerpt[0].ends_with('…'));
}

const INHERITS: &str = ".class La/Base; extends Landroid/app/Activity;
    .class La/Main; extends La/Base;
    .method public m()V registers 1
    invoke-virtual {v0}, La/Main;->getSystemService()V
    invoke-virtual {v0}, La/Own;->getSystemService()V
    invoke-virtual {v0}, La/Below;->getSystemService()V
    invoke-virtual {v0}, La/Stranger;->getSystemService()V
    invoke-virtual {v0}, Landroid/app/Activity;->getSystemService()V
    return-void
    .end
    .class La/Own; extends La/Base;
    .method public getSystemService()V registers 1
    return-void
    .end
    .class La/Below; extends La/Own;
    .class La/Stranger; extends Lother/Thing;";

fn context_query() -> Query {
    let mut query = calls(vec![call(
        "Landroid/content/Context;",
        "getSystemService",
        Some("()V"),
    )]);
    let activity = vec!["Landroid/view/ContextThemeWrapper;".to_owned()];
    query.supers.insert("Landroid/app/Activity;".into(), activity);
    query.supers.insert(
        "Landroid/view/ContextThemeWrapper;".into(),
        vec!["Landroid/content/Context;".into()],
    );
    query
}

#[test]
fn an_inherited_method_is_the_one_asked_for_unless_it_is_overridden() {
    let finds = ask_one(INHERITS, &context_query()).finds;
    assert_eq!(
        places(&finds),
        ["La/Main;->m+0 Inherited", "La/Main;->m+12 Inherited"]
    );
    assert_eq!(finds[0].target, "La/Main;->getSystemService()V");
}

#[test]
fn a_class_that_inherits_from_itself_ends_the_search() {
    let text = ".class La/A; extends La/B;
        .class La/B; extends La/A;
        .method public m()V registers 1
        invoke-virtual {v0}, La/A;->getSystemService()V
        return-void
        .end";
    assert_eq!(ask_one(text, &context_query()).finds, []);
}

#[test]
fn constructors_are_not_inherited() {
    let text = ".class La/A; extends LT;
        .method static m()V registers 1
        new-instance v0, La/A;
        invoke-direct {v0}, La/A;-><init>()V
        return-void
        .end";
    assert_eq!(ask_one(text, &calls(vec![call("LT;", "<init>", None)])).finds, []);
}

#[test]
fn an_override_is_found_through_superclasses_and_interfaces() {
    let text = ".class La/Base; extends Lp/Service;
        .class La/Mine; extends La/Base;
        .method public onEvent(I)V registers 2
        return-void
        .end
        .class La/Listener; implements Lp/Listener;
        .method abstract onEvent(I)V
        .class La/Other; extends Ljava/lang/Object;
        .method public onEvent(I)V registers 2
        return-void
        .end";
    let overrides = vec![
        call("Lp/Service;", "onEvent", Some("(I)V")),
        call("Lp/Listener;", "onEvent", None),
    ];
    let finds = ask_one(
        text,
        &Query {
            overrides,
            ..Query::default()
        },
    )
    .finds;
    assert_eq!(
        places(&finds),
        ["La/Mine;->onEvent+0 Exact", "La/Listener;->onEvent+0 Exact"]
    );
    assert_eq!(finds[0].target, "Lp/Service;->onEvent(I)V");
    assert_eq!(finds[1].kind, Kind::Override);
}

#[test]
fn reads_of_a_field_are_found_and_writes_are_not() {
    let text = ".class La/B;
        .method public c(Lp/Scan;)V registers 3
        sget-object v0, Lp/Build;->SERIAL:Ljava/lang/String;
        sput-object v0, Lp/Build;->SERIAL:Ljava/lang/String;
        iget-object v0, v2, Lp/Scan;->SSID:Ljava/lang/String;
        iput-object v0, v2, Lp/Scan;->SSID:Ljava/lang/String;
        sget-object v0, Lp/Build;->SERIAL:Lother/Type;
        return-void
        .end";
    let field = |class: &str, name: &str| FieldQuery {
        id: name.into(),
        class: class.into(),
        name: name.into(),
        kind: Some("Ljava/lang/String;".into()),
    };
    let fields = vec![field("Lp/Build;", "SERIAL"), field("Lp/Scan;", "SSID")];
    let finds = ask_one(
        text,
        &Query {
            fields,
            ..Query::default()
        },
    )
    .finds;
    assert_eq!(places(&finds), ["La/B;->c+0 Exact", "La/B;->c+4 Exact"]);
    assert_eq!(finds[0].target, "Lp/Build;->SERIAL:Ljava/lang/String;");
}

#[test]
fn strings_match_whole_at_their_beginning_or_anywhere() {
    let text = ".class La/B;
        .method static c()V registers 1
        const-string v0, \"content://sms/inbox\"
        const-string/jumbo v0, \"content://sms\"
        const-string v0, \"a content://sms b\"
        const-string v0, \"通讯录\"
        return-void
        .end";
    let string = |value: &str, how| {
        let strings = vec![StringQuery {
            id: "S".into(),
            value: value.into(),
            how,
        }];
        places(
            &ask_one(
                text,
                &Query {
                    strings,
                    ..Query::default()
                },
            )
            .finds,
        )
    };
    assert_eq!(string("content://sms", Match::Exact), ["La/B;->c+2 Exact"]);
    assert_eq!(
        string("content://sms", Match::Prefix),
        ["La/B;->c+0 Exact", "La/B;->c+2 Exact"]
    );
    assert_eq!(string("content://sms", Match::Contains).len(), 3);
    assert_eq!(string("讯", Match::Contains), ["La/B;->c+7 Exact"]);
}

#[test]
fn a_string_that_a_field_holds_from_the_start_is_found_unless_it_is_final() {
    let text = ".class La/B;
        .field static inbox:Ljava/lang/String; = \"content://sms/inbox\"
        .field static final SENT:Ljava/lang/String; = \"content://sms/sent\"";
    let strings = vec![StringQuery {
        id: "S".into(),
        value: "content://sms".into(),
        how: Match::Prefix,
    }];
    let finds = ask_one(
        text,
        &Query {
            strings,
            ..Query::default()
        },
    )
    .finds;
    assert_eq!(places(&finds), ["La/B;->+- Exact"]);
    assert_eq!(
        (finds[0].target.as_str(), finds[0].kind),
        ("content://sms/inbox", Kind::String)
    );
    assert_eq!((finds[0].method_id, finds[0].method.clone()), (None, None));
}

#[test]
fn classes_are_counted_by_prefix_once_for_each_dex() {
    let text = ".class Lcn/jpush/A; source \"A.java\"\n.class Lcn/jpush/b/C;\n.class Lcn/jpushy/D;";
    let bytes = assemble(text);
    let other = assemble(".class Lcn/jpush/E;");
    let classes = vec![
        ClassQuery {
            id: "jpush".into(),
            prefix: "Lcn/jpush/".into(),
        },
        ClassQuery {
            id: "none".into(),
            prefix: "Lcn/x/".into(),
        },
    ];
    let query = Query {
        classes,
        ..Query::default()
    };
    let finds = ask(&[("classes.dex", &bytes, 0), ("classes2.dex", &other, 0)], &query).finds;
    let rows: Vec<_> = finds
        .iter()
        .map(|find| (find.dex.as_str(), find.target.as_str(), find.count))
        .collect();
    assert_eq!(
        rows,
        [
            ("classes.dex", "Lcn/jpush/A;", Some(2)),
            ("classes2.dex", "Lcn/jpush/E;", Some(1))
        ]
    );
    assert_eq!(
        (finds[0].method.clone(), finds[0].offset, finds[0].method_id),
        (None, None, None)
    );
}

fn one_call(class: &str) -> Vec<u8> {
    assemble(&format!(
        ".class {class}\n.method static c()V registers 0\ninvoke-static {{}}, LT;->get()V\nreturn-void\n.end"
    ))
}

#[test]
fn the_first_definition_of_a_class_hides_the_later_ones() {
    let query = calls(vec![call("LT;", "get", None)]);
    let (same, other) = (one_call("La/B;"), one_call("La/C;"));
    let files = [
        ("classes.dex", &same[..], 0),
        ("classes2.dex", &same, 0),
        ("classes3.dex", &other, 0),
    ];
    let finds = ask(&files, &query);
    let dexes: Vec<&str> = finds.finds.iter().map(|find| find.dex.as_str()).collect();
    assert_eq!(dexes, ["classes.dex", "classes3.dex"]);
    assert_eq!(
        (finds.dex[1].shadowed, finds.dex[1].classes, finds.dex[1].methods),
        (1, 0, 0)
    );
}

#[test]
fn a_payload_neither_hides_classes_of_the_app_nor_is_hidden() {
    let query = calls(vec![call("LT;", "get", None)]);
    let same = one_call("La/B;");
    let finds = ask(
        &[("classes.dex", &same, 0), ("assets/ad.jar!classes.dex", &same, 1)],
        &query,
    );
    assert_eq!(finds.finds.len(), 2);
    assert_eq!(finds.dex[1].shadowed, 0);
}

#[test]
fn a_payload_may_inherit_from_a_class_of_the_app() {
    let app = assemble(".class La/Base; extends Landroid/app/Activity;");
    let payload = assemble(
        ".class Lb/Main; extends La/Base;
         .method public m()V registers 1
         invoke-virtual {v0}, Lb/Main;->getSystemService()V
         return-void
         .end",
    );
    let finds = ask(
        &[("classes.dex", &app, 0), ("assets/x.dex", &payload, 1)],
        &context_query(),
    )
    .finds;
    assert_eq!(places(&finds), ["Lb/Main;->m+0 Inherited"]);
}

#[test]
fn methods_are_numbered_across_the_package() {
    let query = calls(vec![call("LT;", "get", None)]);
    let (one, other) = (one_call("La/B;"), one_call("La/C;"));
    let finds = ask(&[("classes.dex", &one, 0), ("classes2.dex", &other, 0)], &query).finds;
    // Each file refers to two methods: `LT;->get`, which sorts first, and its own `c`.
    assert_eq!(
        finds.iter().map(|find| find.method_id).collect::<Vec<_>>(),
        [Some(1), Some(3)]
    );
}

/// One file of version 41 with two headers: the second DEX is moved behind the first and its offsets with it.
fn container(first: &str, second: &str) -> Vec<u8> {
    let mut bytes = assemble_as(first, "041");
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let base = bytes.len() as u32;
    bytes[0x20..0x24].copy_from_slice(&base.to_le_bytes());
    let moved = move_by(&assemble_as(second, "041"), base);
    bytes.extend(moved);
    let size = (bytes.len() as u32).to_le_bytes();
    for header in [0, base as usize] {
        bytes[header + 0x70..header + 0x74].copy_from_slice(&size);
        bytes[header + 0x74..header + 0x78].copy_from_slice(&(header as u32).to_le_bytes());
    }
    bytes
}

/// A file whose offsets count from `base` bytes before it. Only what a class with one static method without debug data needs.
fn move_by(bytes: &[u8], base: u32) -> Vec<u8> {
    let mut moved = bytes.to_vec();
    let read = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let mut add = |at: usize| {
        let value = read(at);
        if value != 0 {
            moved[at..at + 4].copy_from_slice(&(value + base).to_le_bytes());
        }
    };
    for at in (0x3c..0x6c).step_by(8).chain([0x34]) {
        add(at);
    }
    for row in 0..read(0x38) {
        add((read(0x3c) + row * 4) as usize);
    }
    for row in 0..read(0x60) {
        add((read(0x64) + row * 32 + 24) as usize);
    }
    // In the members of the class the code offset stands last and is wide enough to hold the new value.
    let data = read(read(0x64) as usize + 24) as usize;
    let code = data + 6;
    let (mut old, mut length) = (0u32, 0);
    while {
        let byte = bytes[code + length];
        old |= u32::from(byte & 0x7f) << (7 * length);
        length += 1;
        byte & 0x80 != 0
    } {}
    let new = old + base;
    for (position, byte) in moved[code..code + length].iter_mut().enumerate() {
        let more = if position + 1 < length { 0x80 } else { 0 };
        *byte = (new >> (7 * position)) as u8 & 0x7f | more;
    }
    assert!(new >> (7 * length) == 0);
    moved
}

#[test]
fn every_header_of_a_container_is_read() {
    let class = |name: &str| {
        format!(".class {name}\n.method static c()V registers 0\ninvoke-static {{}}, LT;->get()V\nreturn-void\n.end")
    };
    let bytes = container(&class("La/B;"), &class("La/C;"));
    let finds = ask(
        &[("classes.dex", &bytes, 0)],
        &calls(vec![call("LT;", "get", None)]),
    );
    assert_eq!(finds.faults, []);
    assert_eq!(finds.anomalies, []);
    let rows: Vec<_> = finds
        .finds
        .iter()
        .map(|find| (find.dex.as_str(), find.class.as_str()))
        .collect();
    assert_eq!(
        rows,
        [("classes.dex", "La/B;"), ("classes.dex!classes2.dex", "La/C;")]
    );
}

#[test]
fn a_method_bound_by_invoke_custom_or_called_polymorphically_is_found() {
    let text = ".class La/B;
        .method static c()V registers 2
        invoke-custom {}, LT;->get()V
        invoke-polymorphic {v0, v1}, LT;->get([Ljava/lang/Object;)Ljava/lang/Object;, (I)V
        const-method-handle v0, LT;->get()V
        const-method-type v0, (I)V
        return-void
        .end";
    let finds = ask(
        &[("classes.dex", &assemble_as(text, "039"), 0)],
        &calls(vec![call("LT;", "get", None)]),
    );
    assert_eq!(finds.faults, []);
    assert_eq!(places(&finds.finds), ["La/B;->c+0 Exact", "La/B;->c+3 Exact"]);
    assert_eq!(finds.finds[1].args, [dex::Value::Unknown]);
}

#[test]
fn the_limit_of_finds_is_said_and_makes_the_answer_incomplete() {
    let bytes = assemble(TWO_CALLS);
    let source = [DexSource {
        path: "classes.dex".into(),
        bytes: &bytes,
        group: 0,
    }];
    let limits = Limits {
        finds: 1,
        ..Limits::default()
    };
    let finds = dex::find(&source, &calls(vec![call("LT;", "get", None)]), &limits);
    assert_eq!(
        (finds.finds.len(), finds.finds_cut, finds.complete),
        (1, true, false)
    );
}

#[test]
fn what_a_dex_holds_is_counted() {
    let finds = ask_one(INHERITS, &Query::default());
    let count = &finds.dex[0];
    assert_eq!((count.classes, count.methods, count.code_items), (5, 2, 2));
    assert_eq!((count.instructions, count.faulty_methods), (7, 0));
    assert!(finds.complete);
}

#[test]
fn java_packages_are_counted() {
    let bytes = assemble(".class La/b/C;\n.class La/b/D;\n.class La/E;\n.class LNone;");
    let rows = dex::packages(&[DexSource {
        path: "classes.dex".into(),
        bytes: &bytes,
        group: 0,
    }]);
    let names: Vec<_> = rows
        .packages
        .iter()
        .map(|row| (row.name.as_str(), row.classes))
        .collect();
    assert_eq!(names, [("", 1), ("a", 1), ("a.b", 2)]);
}

#[test]
fn answers_have_the_names_of_the_boundary() {
    let query = Query {
        excerpts: true,
        ..calls(vec![call("LT;", "get", Some("(Ljava/lang/String;)V"))])
    };
    let finds = ask_one(TWO_CALLS, &query);
    let json = serde_json::to_value(&finds).unwrap();
    let find = serde_json::json!({
        "q": "LT;get", "kind": "call", "dex": "classes.dex", "class": "La/B;", "method": "c", "proto": "(I)V",
        "offset": 2, "line": 42, "via": "exact", "target": "LT;->get(Ljava/lang/String;)V",
        "args": [{"k": "str", "v": "phone"}], "method_id": 2, "source_file": "B.java",
        "excerpt": [
            "0000: const-string v0, \"phone\"",
            "0002: invoke-static {v0}, LT;->get(Ljava/lang/String;)V",
            "0005: invoke-static {v1}, LT;->get(I)V",
            "0008: return-void"
        ]
    });
    assert_eq!(json["finds"][0], find);
    assert_eq!(json["complete"], true);
    let text = r#"{"calls": [{"id": "A", "class": "LT;", "name": "get", "proto": null}],
        "fields": [{"id": "F", "class": "LB;", "name": "S", "type": "I"}],
        "strings": [{"id": "S", "value": "x", "match": "contains"}], "excerpts": true}"#;
    let query: Query = serde_json::from_str(text).unwrap();
    assert_eq!(
        (query.calls[0].proto.clone(), query.strings[0].how),
        (None, Match::Contains)
    );
    assert!(serde_json::from_str::<Query>(r#"{"call": []}"#).is_err());
}
