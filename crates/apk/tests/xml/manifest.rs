use apk::xml::manifest::{self, Kind, Manifest};
use apk::xml::{Document, Resources, Table};
use apk::{Code, Error, Limits};
use serde_json::json;

use crate::build::{
    android, config, package, plain, table, text, type_chunk, type_spec, Attr, Axml, Entry, Layout, EXPORTED,
    LABEL, NAME, PERMISSION, V,
};
use crate::codes;

const ENABLED: u32 = 0x0101_000e;
const PROCESS: u32 = 0x0101_0011;
const AUTHORITIES: u32 = 0x0101_0018;
const INIT_ORDER: u32 = 0x0101_001a;
const PRIORITY: u32 = 0x0101_001c;
const VALUE: u32 = 0x0101_0024;
const RESOURCE: u32 = 0x0101_0025;
const MIME_TYPE: u32 = 0x0101_0026;
const SCHEME: u32 = 0x0101_0027;
const HOST: u32 = 0x0101_0028;
const PROTECTION: u32 = 0x0101_0009;
const SHARED_USER: u32 = 0x0101_000b;
const DEBUGGABLE: u32 = 0x0101_000f;
const TARGET_ACTIVITY: u32 = 0x0101_0202;
const MIN_SDK: u32 = 0x0101_020c;
const VERSION_CODE: u32 = 0x0101_021b;
const VERSION_NAME: u32 = 0x0101_021c;
const TARGET_SDK: u32 = 0x0101_0270;
const MAX_SDK: u32 = 0x0101_0271;
const BACKUP: u32 = 0x0101_0280;
const REQUIRED: u32 = 0x0101_028e;
const CLEARTEXT: u32 = 0x0101_04ec;
const DIRECT_BOOT: u32 = 0x0101_0505;
const NETWORK: u32 = 0x0101_0527;
const VERSION_MAJOR: u32 = 0x0101_0576;
const FOREGROUND: u32 = 0x0101_0599;

fn named(name: &str) -> Attr {
    android("name", NAME, text(name))
}

fn opened() -> Axml {
    Axml::new().start("manifest", &[plain("package", text("a.b"))])
}

fn try_read(documents: &[(&str, &Axml)], arsc: Option<&[u8]>) -> Result<Manifest, Error> {
    let limits = Limits::default();
    let bytes: Vec<(&str, Vec<u8>)> = documents
        .iter()
        .map(|(prefix, axml)| (*prefix, axml.finish()))
        .collect();
    let documents: Vec<(&str, Document<'_>)> = bytes
        .iter()
        .map(|(prefix, bytes)| (*prefix, Document::parse(bytes, &limits).unwrap()))
        .collect();
    let borrowed: Vec<(&str, &Document<'_>)> = documents
        .iter()
        .map(|(prefix, document)| (*prefix, document))
        .collect();
    let tables = arsc.map(|arsc| (String::new(), Table::parse(arsc, &limits).unwrap()));
    manifest::read(&borrowed, &Resources::new(tables.into_iter().collect()))
}

fn read(axml: Axml) -> Manifest {
    try_read(&[("", &axml)], None).unwrap()
}

/// The manifest of one application with this inside.
fn with_application(inside: impl FnOnce(Axml) -> Axml) -> Manifest {
    read(inside(opened().start("application", &[])).end().end())
}

#[test]
fn a_whole_manifest_is_written_as_the_boundary_says() {
    let sdk = [
        android("minSdkVersion", MIN_SDK, V::Int(21)),
        android("targetSdkVersion", TARGET_SDK, V::Int(33)),
    ];
    let head = [
        android("sharedUserId", SHARED_USER, text("a.shared")),
        android("versionCode", VERSION_CODE, V::Int(3)),
        android("versionName", VERSION_NAME, text("1.2")),
        android("versionCodeMajor", VERSION_MAJOR, V::Int(1)),
        plain("package", text("a.b")),
    ];
    let application = [
        android("label", LABEL, text("Food")),
        named(".App"),
        android("debuggable", DEBUGGABLE, V::Bool(true)),
        android("process", PROCESS, text(":main")),
        android("allowBackup", BACKUP, V::Bool(false)),
        android("usesCleartextTraffic", CLEARTEXT, V::Bool(true)),
        android("networkSecurityConfig", NETWORK, V::Ref(0x7f02_0000)),
    ];
    let service = [
        named("Push"),
        android("permission", PERMISSION, text("p.PUSH")),
        android("enabled", ENABLED, V::Bool(false)),
        android("exported", EXPORTED, V::Bool(true)),
        android("process", PROCESS, text("com.other")),
        android("directBootAware", DIRECT_BOOT, V::Bool(true)),
        android(
            "foregroundServiceType",
            FOREGROUND,
            V::Typed(0x11, 1 << 3 | 1 << 6),
        ),
    ];
    let provider = [
        named("a.c.P"),
        android("authorities", AUTHORITIES, text("one;two")),
        android("initOrder", INIT_ORDER, V::Int(100)),
    ];
    let axml = Axml::new()
        .start("manifest", &head)
        .leaf("uses-sdk", &sdk)
        .leaf("uses-permission", &[named("android.permission.INTERNET")])
        .leaf(
            "uses-permission",
            &[
                named("android.permission.CAMERA"),
                android("maxSdkVersion", MAX_SDK, V::Int(28)),
            ],
        )
        .leaf("uses-permission-sdk-23", &[named("p.LATE")])
        .leaf(
            "permission",
            &[
                named("p.PUSH"),
                android("protectionLevel", PROTECTION, V::Typed(0x11, 0x12)),
            ],
        )
        .leaf(
            "uses-feature",
            &[named("f.camera"), android("required", REQUIRED, V::Bool(false))],
        )
        .start("queries", &[])
        .leaf("package", &[named("com.tencent.mm")])
        .leaf("provider", &[android("authorities", AUTHORITIES, text("x;y"))])
        .start("intent", &[])
        .leaf("action", &[named("act.VIEW")])
        .leaf("data", &[android("scheme", SCHEME, text("https"))])
        .leaf("data", &[android("mimeType", MIME_TYPE, text("image/*"))])
        .end()
        .end()
        .start("application", &application)
        .start("activity", &[named(".Main")])
        .start("intent-filter", &[android("priority", PRIORITY, V::Int(7))])
        .leaf("action", &[named("android.intent.action.MAIN")])
        .leaf("category", &[named("android.intent.category.LAUNCHER")])
        .leaf(
            "data",
            &[
                android("scheme", SCHEME, text("food")),
                android("host", HOST, text("open")),
            ],
        )
        .end()
        .leaf("meta-data", &[named("m"), android("value", VALUE, V::Int(5))])
        .end()
        .leaf(
            "activity-alias",
            &[
                named(".Alias"),
                android("targetActivity", TARGET_ACTIVITY, text(".Main")),
            ],
        )
        .leaf("service", &service)
        .leaf("provider", &provider)
        .leaf("meta-data", &[named("key"), android("value", VALUE, text("abc"))])
        .leaf("uses-library", &[named("org.apache.http.legacy")])
        .end()
        .end();
    let component = |extra: serde_json::Value| {
        let mut all = json!({"target": null, "exported": false, "exported_explicit": false, "enabled": true,
            "permission": null, "process": null, "authorities": [], "init_order": null, "direct_boot": false,
            "foreground_service_types": [], "filters": [], "meta": [], "launcher": false});
        all.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        all
    };
    let expected = json!({
        "package": "a.b", "version_code": 4_294_967_299_i64, "version_name": "1.2", "shared_user_id": "a.shared",
        "split": null, "min_sdk": 21, "target_sdk": 33, "max_sdk": null, "min_sdk_codename": null,
        "target_sdk_codename": null, "label": {"": "Food"},
        "permissions": [
            {"name": "android.permission.INTERNET", "max_sdk": null, "min_sdk_only": null, "locator": "/uses-permission[1]"},
            {"name": "android.permission.CAMERA", "max_sdk": 28, "min_sdk_only": null, "locator": "/uses-permission[2]"},
            {"name": "p.LATE", "max_sdk": null, "min_sdk_only": true, "locator": "/uses-permission-sdk-23[1]"},
        ],
        "defined_permissions": [{"name": "p.PUSH", "protection": "signature|privileged", "locator": "/permission[1]"}],
        "features": [{"name": "f.camera", "required": false, "locator": "/uses-feature[1]"}],
        "queries": {"packages": ["com.tencent.mm"], "intents": [{"actions": ["act.VIEW"], "data": ["https", "image/*"]}],
                    "providers": ["x", "y"]},
        "application": {"name": "a.b.App", "debuggable": true, "allow_backup": false, "cleartext": true,
                        "network_security_config": "@0x7f020000", "process": "a.b:main", "locator": "/application"},
        "components": [
            component(json!({"kind": "activity", "name": "a.b.Main", "exported": true, "launcher": true,
                "filters": [{"actions": ["android.intent.action.MAIN"], "categories": ["android.intent.category.LAUNCHER"],
                             "schemes": ["food"], "hosts": ["open"], "priority": 7}],
                "meta": [{"name": "m", "value": "5"}], "locator": "/application/activity[1]"})),
            component(json!({"kind": "alias", "name": "a.b.Alias", "target": "a.b.Main",
                "locator": "/application/activity-alias[1]"})),
            component(json!({"kind": "service", "name": "a.b.Push", "exported": true, "exported_explicit": true,
                "enabled": false, "permission": "p.PUSH", "process": "com.other", "direct_boot": true,
                "foreground_service_types": ["location", "camera"], "locator": "/application/service[1]"})),
            component(json!({"kind": "provider", "name": "a.c.P", "authorities": ["one", "two"], "init_order": 100,
                "locator": "/application/provider[1]"})),
        ],
        "meta": [{"name": "key", "value": "abc", "locator": "/application/meta-data[1]"}],
        "libraries": ["org.apache.http.legacy"],
        "anomalies": [{"where": "/application/activity[1]", "code": "exported_missing",
            "what": "the component has filters and does not say whether it is exported, which Android 12 refuses"}],
        "faults": [], "complete": true,
    });
    let anomalies_only_from_31 = serde_json::to_value(read(axml)).unwrap();
    assert_eq!(anomalies_only_from_31, expected);
}

#[test]
fn what_android_refuses_is_an_error() {
    let refused = |axml: &Axml| try_read(&[("", axml)], None).unwrap_err().code;
    assert_eq!(refused(&Axml::new().leaf("manifest", &[])), Code::Unreadable);
    assert_eq!(
        refused(&Axml::new().leaf("manifest", &[plain("package", text(""))])),
        Code::Unreadable
    );
    assert_eq!(
        refused(&Axml::new().leaf("manifest", &[android("package", 0x0101_0123, text("a.b"))])),
        Code::Unreadable
    );
    assert_eq!(
        refused(&Axml::new().leaf("Manifest", &[plain("package", text("a.b"))])),
        Code::Unreadable
    );
    assert_eq!(try_read(&[], None).unwrap_err().code, Code::Unreadable);
}

#[test]
fn a_bad_package_name_is_noted() {
    for (name, bad) in [
        ("a.b", false),
        ("android", false),
        ("a", true),
        ("a.1b", true),
        ("a..b", true),
        ("a.b-c", true),
    ] {
        let manifest = read(Axml::new().leaf("manifest", &[plain("package", text(name))]));
        assert_eq!(manifest.package, name);
        assert_eq!(
            codes(&manifest.anomalies).contains(&"package_name"),
            bad,
            "{name}"
        );
    }
}

fn sdks(attributes: &[Attr]) -> (Option<i32>, Option<i32>, Option<String>, Option<String>) {
    let manifest = read(opened().leaf("uses-sdk", attributes).end());
    (
        manifest.min_sdk,
        manifest.target_sdk,
        manifest.min_sdk_codename,
        manifest.target_sdk_codename,
    )
}

#[test]
fn api_levels_default_as_android_defaults_them() {
    let min = |value| android("minSdkVersion", MIN_SDK, value);
    let target = |value| android("targetSdkVersion", TARGET_SDK, value);
    assert_eq!(sdks(&[]), (Some(1), Some(1), None, None));
    assert_eq!(sdks(&[min(V::Int(19))]), (Some(19), Some(19), None, None));
    assert_eq!(sdks(&[target(V::Int(30))]), (Some(1), Some(30), None, None));
    assert_eq!(
        sdks(&[min(text("21")), target(text("33"))]),
        (Some(21), Some(33), None, None)
    );
    let name = |name: &str| Some(name.to_owned());
    assert_eq!(
        sdks(&[min(text("VanillaIceCream")), target(text("Fruitcake"))]),
        (Some(35), None, name("VanillaIceCream"), name("Fruitcake"))
    );
    assert_eq!(
        sdks(&[target(text("Tiramisu.abc"))]),
        (Some(33), Some(33), name("Tiramisu.abc"), name("Tiramisu.abc"))
    );
}

#[test]
fn the_last_uses_sdk_counts() {
    let target = |level| [android("targetSdkVersion", TARGET_SDK, V::Int(level))];
    let manifest = read(
        opened()
            .leaf("uses-sdk", &target(22))
            .leaf("uses-sdk", &target(30))
            .end(),
    );
    assert_eq!(manifest.target_sdk, Some(30));
    assert!(codes(&manifest.anomalies).contains(&"uses_sdk_repeated"));
}

#[test]
fn exported_follows_the_filters_and_what_is_said() {
    let filter = |axml: Axml| {
        axml.start("intent-filter", &[])
            .leaf("action", &[named("x")])
            .end()
    };
    let empty = |axml: Axml| {
        axml.start("intent-filter", &[])
            .leaf("category", &[named("x")])
            .end()
    };
    let manifest = with_application(|axml| {
        let axml = axml.leaf("activity", &[named(".None")]);
        let axml = filter(axml.start("activity", &[named(".Filter")])).end();
        let axml = filter(axml.start(
            "receiver",
            &[named(".Closed"), android("exported", EXPORTED, V::Bool(false))],
        ))
        .end();
        let axml = empty(axml.start("receiver", &[named(".NoAction")])).end();
        let axml = empty(axml.start("service", &[named(".Service")])).end();
        axml.leaf("provider", &[named(".Old")])
    });
    let found: Vec<_> = manifest
        .components
        .iter()
        .map(|c| (c.exported, c.exported_explicit, c.filters.len()))
        .collect();
    // The provider is open since nothing says that the app targets API 17 or later.
    assert_eq!(
        found,
        [
            (false, false, 0),
            (true, false, 1),
            (false, true, 1),
            (false, false, 0),
            (true, false, 1),
            (true, false, 0)
        ]
    );
}

#[test]
fn providers_are_closed_by_default_from_api_17() {
    let manifest = |level| {
        let sdk = [android("targetSdkVersion", TARGET_SDK, V::Int(level))];
        read(
            opened()
                .leaf("uses-sdk", &sdk)
                .start("application", &[])
                .leaf("provider", &[named(".P")])
                .end()
                .end(),
        )
    };
    assert!(manifest(16).components[0].exported);
    assert!(!manifest(17).components[0].exported);
}

#[test]
fn components_fall_back_to_the_permission_of_the_application_and_aliases_do_not() {
    let application = [android("permission", PERMISSION, text("p.ALL"))];
    let alias = [
        named(".B"),
        android("targetActivity", TARGET_ACTIVITY, text(".A")),
    ];
    let axml = opened()
        .start("application", &application)
        .leaf("activity", &[named(".A")])
        .leaf("activity-alias", &alias)
        .leaf(
            "service",
            &[named(".C"), android("permission", PERMISSION, text("p.OWN"))],
        )
        .end()
        .end();
    let found: Vec<_> = read(axml)
        .components
        .into_iter()
        .map(|component| component.permission)
        .collect();
    assert_eq!(found, [Some("p.ALL".to_owned()), None, Some("p.OWN".to_owned())]);
}

#[test]
fn a_permission_needs_a_literal_name() {
    let any = config("", "");
    let chunks = [
        type_spec(1, 1),
        type_chunk(1, &any, Layout::Dense, 1, &[(0, Entry::Plain(0, 3, 0))]),
    ];
    let arsc = table(
        &["android.permission.CAMERA"],
        &[package(0x7f, &["string"], &["p"], &chunks)],
    );
    let axml = opened()
        .leaf("uses-permission", &[android("name", NAME, V::Ref(0x7f01_0000))])
        .leaf("uses-permission", &[])
        .leaf("uses-permission", &[named("p.REAL")])
        .start("application", &[])
        .leaf("uses-permission", &[named("p.ELSEWHERE")])
        .end()
        .end();
    let manifest = try_read(&[("", &axml)], Some(&arsc)).unwrap();
    let names: Vec<_> = manifest
        .permissions
        .iter()
        .map(|permission| permission.name.as_str())
        .collect();
    assert_eq!(names, ["p.REAL"]);
    assert_eq!(manifest.permissions[0].locator, "/uses-permission[3]");
    assert_eq!(
        codes(&manifest.anomalies),
        ["permission_out_of_place", "permission_name", "permission_name"]
    );
    assert_eq!(manifest.anomalies[0].place, "/application/uses-permission[1]");
    assert!(manifest.anomalies[1].what.contains("android.permission.CAMERA"));
}

#[test]
fn names_are_found_by_id_whatever_they_are_called() {
    let hidden = |name: &str| Attr {
        namespace: None,
        name: "x".to_owned(),
        id: NAME,
        value: text(name),
    };
    let axml = opened()
        .leaf("uses-permission", &[hidden("p.HIDDEN")])
        .leaf(
            "uses-permission",
            &[Attr {
                id: 0,
                ..named("p.SHOWN")
            }],
        )
        .end();
    let manifest = read(axml);
    let names: Vec<_> = manifest
        .permissions
        .iter()
        .map(|permission| permission.name.as_str())
        .collect();
    assert_eq!(names, ["p.HIDDEN"]);
    let found = codes(&manifest.anomalies);
    for code in [
        "attribute_name_mismatch",
        "attribute_without_id",
        "permission_name",
        "no_application",
    ] {
        assert!(found.contains(&code), "{code} in {found:?}");
    }
}

#[test]
fn attributes_out_of_order_are_missed_as_android_misses_them() {
    let manifest = with_application(|axml| {
        axml.leaf(
            "service",
            &[android("exported", EXPORTED, V::Bool(true)), named(".Hidden")],
        )
        .leaf(
            "service",
            &[
                named(".Seen"),
                android("exported", EXPORTED, V::Bool(true)),
                named(".Later"),
            ],
        )
    });
    let names: Vec<_> = manifest
        .components
        .iter()
        .map(|component| component.name.as_str())
        .collect();
    assert_eq!(names, ["a.b.Seen"]);
    assert_eq!(codes(&manifest.anomalies), ["attribute_order", "attribute_order"]);
    assert_eq!(
        (codes(&manifest.faults), manifest.complete),
        (vec!["component_name"], false)
    );
}

#[test]
fn actions_are_found_by_string() {
    let by_id = Attr {
        namespace: None,
        name: "x".to_owned(),
        id: NAME,
        value: text("act.HIDDEN"),
    };
    let manifest = with_application(|axml| {
        axml.start("receiver", &[named(".R")])
            .start("intent-filter", &[])
            .leaf(
                "action",
                &[Attr {
                    id: 0,
                    ..named("act.BY_STRING")
                }],
            )
            .leaf("action", &[by_id])
            .end()
            .end()
    });
    assert_eq!(
        manifest.components[0].filters[0].actions,
        ["act.BY_STRING", "act.HIDDEN"]
    );
    assert!(codes(&manifest.anomalies).contains(&"filter_name"));
}

#[test]
fn the_first_application_counts() {
    let axml = opened()
        .start("application", &[named(".One")])
        .leaf("activity", &[named(".A")])
        .end()
        .start("application", &[named(".Two")])
        .leaf("activity", &[named(".B")])
        .end()
        .end();
    let manifest = read(axml);
    assert_eq!(manifest.application.name.as_deref(), Some("a.b.One"));
    assert_eq!(manifest.components.len(), 1);
    assert_eq!(codes(&manifest.anomalies), ["application_repeated"]);
    assert_eq!(manifest.anomalies[0].place, "/application[2]");
}

#[test]
fn values_and_labels_are_resolved() {
    let (any, zh) = (config("", ""), config("zh", "CN"));
    let chunks = [
        type_spec(1, 2),
        type_chunk(
            1,
            &any,
            Layout::Dense,
            2,
            &[(0, Entry::Plain(0, 3, 0)), (1, Entry::Plain(0, 1, 0x7f01_0000))],
        ),
        type_chunk(1, &zh, Layout::Dense, 2, &[(0, Entry::Plain(0, 3, 1))]),
        type_spec(2, 1),
        type_chunk(2, &any, Layout::Dense, 1, &[(0, Entry::Plain(0, 3, 2))]),
        type_spec(3, 1),
        type_chunk(3, &any, Layout::Dense, 1, &[(0, Entry::Plain(0, 0x12, 0))]),
    ];
    let package = package(0x7f, &["string", "xml", "bool"], &["k"], &chunks);
    let arsc = table(&["Food", "外卖", "res/xml/net.xml"], &[package]);
    let application = [
        android("label", LABEL, V::Ref(0x7f01_0000)),
        android("networkSecurityConfig", NETWORK, V::Ref(0x7f02_0000)),
    ];
    let axml = opened()
        .start("application", &application)
        .leaf(
            "service",
            &[named(".S"), android("enabled", ENABLED, V::Ref(0x7f03_0000))],
        )
        .leaf(
            "meta-data",
            &[named("text"), android("value", VALUE, V::Ref(0x7f01_0001))],
        )
        .leaf(
            "meta-data",
            &[named("file"), android("resource", RESOURCE, V::Ref(0x7f02_0000))],
        )
        .leaf(
            "meta-data",
            &[named("lost"), android("resource", RESOURCE, V::Ref(0x7f02_0009))],
        )
        .leaf(
            "meta-data",
            &[named("flag"), android("value", VALUE, V::Bool(true))],
        )
        .leaf("meta-data", &[named("none")])
        .end()
        .end();
    let manifest = try_read(&[("", &axml)], Some(&arsc)).unwrap();
    let label: Vec<_> = manifest
        .label
        .iter()
        .map(|(language, text)| (language.as_str(), text.as_str()))
        .collect();
    assert_eq!(label, [("", "Food"), ("zh-CN", "外卖")]);
    assert_eq!(
        manifest.application.network_security_config.as_deref(),
        Some("res/xml/net.xml")
    );
    assert!(!manifest.components[0].enabled);
    let values: Vec<_> = manifest.meta.iter().map(|meta| meta.value.as_deref()).collect();
    assert_eq!(
        values,
        [
            Some("Food"),
            Some("res/xml/net.xml"),
            Some("@0x7f020009"),
            Some("true"),
            None
        ]
    );
}

#[test]
fn splits_are_merged_behind_the_base() {
    let split = Axml::new()
        .start(
            "manifest",
            &[plain("package", text("a.b")), plain("split", text("x"))],
        )
        .leaf("uses-permission", &[named("p.SPLIT")])
        .start("application", &[named(".Ignored")])
        .leaf("activity", &[named(".Feature")])
        .end()
        .end();
    let other = Axml::new().leaf(
        "manifest",
        &[plain("package", text("c.d")), plain("split", text("y"))],
    );
    let base = opened()
        .leaf("uses-permission", &[named("p.BASE")])
        .start("application", &[])
        .leaf("activity", &[named(".Main")])
        .end()
        .end();
    let manifest = try_read(
        &[("split_x.apk!", &split), ("", &base), ("split_y.apk!", &other)],
        None,
    )
    .unwrap();
    assert_eq!(manifest.split, None);
    assert_eq!(manifest.application.name, None);
    let permissions: Vec<_> = manifest
        .permissions
        .iter()
        .map(|p| (p.name.as_str(), p.locator.as_str()))
        .collect();
    assert_eq!(
        permissions,
        [
            ("p.BASE", "/uses-permission[1]"),
            ("p.SPLIT", "split_x.apk!/uses-permission[1]")
        ]
    );
    let components: Vec<_> = manifest
        .components
        .iter()
        .map(|c| (c.name.as_str(), c.locator.as_str()))
        .collect();
    assert_eq!(
        components,
        [
            ("a.b.Main", "/application/activity[1]"),
            ("a.b.Feature", "split_x.apk!/application/activity[1]")
        ]
    );
    assert_eq!(codes(&manifest.anomalies), ["split_package"]);
    assert_eq!(manifest.anomalies[0].place, "split_y.apk!/@package");
}

#[test]
fn kinds_are_told_apart() {
    let manifest = with_application(|axml| {
        ["activity", "service", "receiver", "provider"]
            .iter()
            .fold(axml, |axml, tag| axml.leaf(tag, &[named(".X")]))
    });
    let kinds: Vec<_> = manifest
        .components
        .iter()
        .map(|component| component.kind)
        .collect();
    assert_eq!(
        kinds,
        [Kind::Activity, Kind::Service, Kind::Receiver, Kind::Provider]
    );
}

#[test]
fn one_long_string_named_by_every_element_stays_bounded() {
    let mut axml = opened();
    for _ in 0..10_000 {
        axml = axml.leaf("uses-permission", &[named("LONG")]);
    }
    let long = "p".repeat(1 << 20);
    for utf8 in [false, true] {
        let bytes = Axml {
            utf8,
            ..axml.clone().end()
        }
        .parts_with(&[("LONG", &long[..if utf8 { 0x7fff } else { 1 << 20 }])])
        .finish();
        let document = Document::parse(&bytes, &Limits::default()).unwrap();
        let manifest = manifest::read(&[("", &document)], &Resources::default()).unwrap();
        let kept: usize = manifest
            .permissions
            .iter()
            .map(|permission| permission.name.len())
            .sum();
        assert!(kept <= 32 << 20, "{kept}");
        assert_eq!(manifest.permissions[0].name.len(), 8 << 10);
        assert_eq!(codes(&manifest.faults)[0], "manifest_limit");
        assert!(!manifest.complete);
    }
}

#[test]
fn telephones_and_televisions_have_a_launcher_each() {
    let launcher = |category: &str| {
        let activity = opened()
            .start("application", &[])
            .start("activity", &[named(".Main")])
            .start("intent-filter", &[])
            .leaf("action", &[named("android.intent.action.MAIN")])
            .leaf("category", &[named(category)]);
        read(activity.end().end().end().end()).components[0].launcher
    };
    assert!(launcher("android.intent.category.LAUNCHER"));
    assert!(launcher("android.intent.category.LEANBACK_LAUNCHER"));
    assert!(!launcher("android.intent.category.DEFAULT"));
}
