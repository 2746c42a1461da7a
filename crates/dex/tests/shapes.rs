//! What digests of code keep through renaming, and what they do not.
#![allow(clippy::unwrap_used, clippy::panic)]

mod assembler;

use assembler::assemble;
use dex::{DexSource, Limits, PackageShape, Query, ShapeQuery};

const SENDS: &str = ".class La/b/Sender;
    .method static send(Landroid/content/Context;La/b/Sender;I)V registers 4
    const-string v0, \"https://collect.example\"
    const-string v1, \"tag\"
    invoke-virtual {v1}, Landroid/content/Context;->getPackageName()Ljava/lang/String;
    invoke-static {v0}, La/b/Sender;->log(Ljava/lang/String;)V
    return-void
    .end";

fn shapes(text: &str, query: ShapeQuery) -> Vec<PackageShape> {
    let bytes = assemble(text);
    let sources = [DexSource {
        path: "classes.dex".into(),
        bytes: &bytes,
        group: 0,
    }];
    let query = Query {
        shapes: Some(query),
        ..Query::default()
    };
    let finds = dex::find(&sources, &query, &Limits::default());
    assert_eq!(finds.faults, []);
    assert!(!finds.shapes_cut);
    finds.shapes
}

fn all() -> ShapeQuery {
    ShapeQuery {
        platform: vec!["Landroid/".into(), "Ljava/".into()],
        ignored: vec!["Ljava/lang/StringBuilder;".into()],
        ..ShapeQuery::default()
    }
}

/// The digests of the only class; those of methods are odd.
fn digests(text: &str) -> Vec<u64> {
    let rows = shapes(text, all());
    assert_eq!(rows.len(), 1);
    rows[0].known[0].hits.clone()
}

#[test]
fn a_method_and_its_long_text_have_a_digest_each() {
    let found = digests(SENDS);
    assert_eq!(found.len(), 2);
    assert_eq!(found.iter().filter(|digest| **digest % 2 == 1).count(), 1);
    assert!(found.iter().all(|digest| *digest < 1 << 48));
}

#[test]
fn renaming_reordering_and_what_compilers_put_in_change_nothing() {
    let renamed = ".class Lq/x;
    .method static a(Landroid/content/Context;Lq/x;I)V registers 6
    invoke-virtual {v1}, Landroid/content/Context;->getPackageName()Ljava/lang/String;
    const-string v3, \"tag\"
    invoke-virtual {v3}, Ljava/lang/StringBuilder;->toString()Ljava/lang/String;
    const-string v2, \"https://collect.example\"
    invoke-static {v2}, Lq/y;->b(Ljava/lang/String;)V
    const-string v3, \"tag\"
    return-void
    .end";
    assert_eq!(digests(renamed), digests(SENDS));
}

#[test]
fn another_text_call_or_prototype_is_another_method() {
    for (from, to) in [
        ("\"tag\"", "\"tug\""),
        ("getPackageName", "getPackageCodePath"),
        ("Sender;I)V", "Sender;J)V"),
        ("send(Landroid/content/Context;", "send(Landroid/content/Intent;"),
        (
            "send(Landroid/content/Context;La/b/Sender;",
            "send(Landroid/content/Context;[La/b/Sender;",
        ),
    ] {
        let other = digests(&SENDS.replace(from, to));
        let same = digests(SENDS).into_iter().filter(|digest| other.contains(digest));
        // The long text is there in both.
        assert_eq!(same.map(|digest| digest % 2).collect::<Vec<_>>(), [0], "{to}");
    }
}

#[test]
fn a_method_with_little_in_it_has_no_digest() {
    let little = ".class La/B;
    .method static c(Landroid/content/Context;)V registers 2
    const-string v0, \"tag\"
    invoke-virtual {v1}, Landroid/content/Context;->getPackageName()Ljava/lang/String;
    return-void
    .end";
    assert_eq!(shapes(little, all()), []);
    assert_eq!(digests(&little.replace("tag", "long tag")).len(), 2);
}

#[test]
fn only_what_is_known_is_told_and_classes_known_by_name_are_passed_over() {
    let wanted = digests(SENDS)[1];
    let known = ShapeQuery {
        known: Some(vec![1, wanted]),
        ..all()
    };
    let rows = shapes(SENDS, known.clone());
    assert_eq!(
        (rows[0].name.as_str(), rows[0].classes, rows[0].digests),
        ("a.b", 1, 2)
    );
    assert_eq!(
        (rows[0].known[0].name.as_str(), rows[0].known[0].hits.as_slice()),
        ("La/b/Sender;", &[1_u64][..])
    );
    let skipped = ShapeQuery {
        skipped: vec!["La/".into()],
        ..known
    };
    assert_eq!(shapes(SENDS, skipped), []);
    assert_eq!(
        shapes(
            SENDS,
            ShapeQuery {
                known: Some(vec![1]),
                ..all()
            }
        ),
        []
    );
}
