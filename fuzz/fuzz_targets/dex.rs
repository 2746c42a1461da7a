//! A DEX file or container: every question of a catalogue, packages, and what is reached from `onCreate`.
#![no_main]

use std::sync::LazyLock;

use dex::{CallQuery, ClassQuery, DexSource, FieldQuery, Limits, Match, Query, ShapeQuery, StringQuery};
use flow::{Entry, ReachQuery};

static ASKED: LazyLock<(Query, ReachQuery)> = LazyLock::new(|| (query(), entries()));

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let sources = [DexSource {
        path: "classes.dex".into(),
        bytes: data,
        group: 0,
    }];
    let limits = Limits {
        finds: 1_000,
        steps: 10_000,
    };
    let found = dex::find(&sources, &ASKED.0, &limits);
    let mut methods: Vec<u32> = found.finds.iter().filter_map(|find| find.method_id).collect();
    methods.sort_unstable();
    methods.dedup();
    let _ = flow::reach(&sources, &ASKED.1, &methods);
    let _ = dex::packages(&sources);
    for header in dex::headers(data).unwrap_or_default() {
        let _ = header.checks(data);
    }
});

fn call(class: &str, name: &str) -> CallQuery {
    CallQuery {
        id: name.into(),
        class: class.into(),
        name: name.into(),
        proto: None,
    }
}

fn query() -> Query {
    Query {
        calls: vec![
            call("Landroid/telephony/TelephonyManager;", "getDeviceId"),
            call("Landroid/provider/Settings$Secure;", "getString"),
            call("Landroid/content/ContentResolver;", "query"),
            call("Landroid/app/Activity;", "requestPermissions"),
            call("Ljava/lang/Runtime;", "exec"),
        ],
        fields: vec![FieldQuery {
            id: "serial".into(),
            class: "Landroid/os/Build;".into(),
            name: "SERIAL".into(),
            kind: None,
        }],
        strings: vec![StringQuery {
            id: "any".into(),
            value: "a".into(),
            how: Match::Contains,
        }],
        classes: vec![ClassQuery {
            id: "any".into(),
            prefix: "L".into(),
        }],
        overrides: vec![call("Landroid/app/Activity;", "onCreate")],
        supers: [(
            "Landroid/app/Activity;".into(),
            vec!["Landroid/content/Context;".into()],
        )]
        .into(),
        excerpts: true,
        shapes: Some(ShapeQuery {
            platform: vec!["Landroid/".into(), "Ljava/".into()],
            ignored: vec![],
            skipped: vec![],
            known: None,
        }),
    }
}

fn entries() -> ReachQuery {
    let names = ["onCreate", "attachBaseContext", "<init>", "<clinit>"];
    let entry = |class: &str| Entry {
        id: class.into(),
        class: class.into(),
        methods: names.map(String::from).into(),
    };
    ReachQuery {
        entries: vec![
            entry("Lcom/kuaichi/waimai/WaimaiApplication;"),
            entry("Lcom/kuaichi/waimai/MainActivity;"),
        ],
        limit: 10_000,
    }
}
