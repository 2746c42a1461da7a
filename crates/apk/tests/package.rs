//! Packages of every container format, told apart by content, and what may be hidden in them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod zip_writer;

use apk::package::{Format, Input, Package};
use apk::payload::{self, Kind, Payload};
use apk::zip::Archive;
use apk::{Budget, Bytes, Code, Error, Limits};
use zip_writer::{deflated, stored, Item, Zip};

fn file(name: &str, bytes: Vec<u8>) -> Input {
    Input {
        name: name.to_owned(),
        bytes: Bytes::from(bytes),
    }
}

fn open(inputs: Vec<Input>) -> Result<Package, Error> {
    Package::open(inputs, &Limits::default())
}

fn one(name: &str, items: impl IntoIterator<Item = Item>) -> Result<Package, Error> {
    open(vec![file(name, Zip::of(items).bytes())])
}

fn apk(more: &[&str]) -> Vec<u8> {
    let more = more.iter().map(|name| stored(name, name.as_bytes()));
    Zip::of(
        [stored("AndroidManifest.xml", b"manifest")]
            .into_iter()
            .chain(more),
    )
    .bytes()
}

fn paths(package: &Package) -> Vec<&str> {
    package
        .containers()
        .iter()
        .map(|container| container.path.as_str())
        .collect()
}

fn dex(package: &Package) -> Vec<String> {
    package
        .dex_entries()
        .into_iter()
        .map(|place| package.path(place))
        .collect()
}

/// As random as encrypted data, and the same in every run.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..len).map(|_| next()).collect()
}

#[test]
fn one_apk_has_no_prefix() {
    let package = open(vec![file("food.apk", apk(&["classes.dex", "resources.arsc"]))]).unwrap();
    assert_eq!(
        (package.format(), paths(&package)),
        (Format::Apk, vec!["food.apk"])
    );
    assert_eq!(dex(&package), ["classes.dex"]);
    let budget = Budget::new(&Limits::default());
    assert_eq!(package.read(package.manifests()[0], &budget).unwrap(), "manifest");
    assert_eq!(package.path(package.resource_tables()[0]), "resources.arsc");
    assert_eq!(
        package.size(),
        apk(&["classes.dex", "resources.arsc"]).len() as u64
    );
    assert_eq!((package.anomalies(), package.faults()), (vec![], vec![]));
}

#[test]
fn the_digest_of_a_bundle_is_not_that_of_its_base() {
    let inner = apk(&[]);
    let bundle = Zip::of([stored("base.apk", &inner)]).bytes();
    let package = open(vec![file("a.apks", bundle.clone())]).unwrap();
    let alone = open(vec![file("base.apk", inner)]).unwrap();
    assert_eq!(package.containers()[0].sha256(), alone.sha256());
    assert_ne!(package.sha256(), alone.sha256());
    assert_eq!(package.size(), bundle.len() as u64);
}

#[test]
fn dex_files_are_loaded_up_to_the_first_gap() {
    let names = [
        "classes3.dex",
        "classes.dex",
        "classes5.dex",
        "classes2.dex",
        "classes1.dex",
        "classes02.dex",
    ];
    let package = open(vec![file("a.apk", apk(&names))]).unwrap();
    assert_eq!(dex(&package), ["classes.dex", "classes2.dex", "classes3.dex"]);
}

#[test]
fn a_split_set_puts_the_base_first_whatever_the_order() {
    let package = open(vec![
        file("split_config.zh.apk", apk(&["res/a.xml"])),
        file("base.apk", apk(&["classes.dex"])),
        file("split_feature.apk", apk(&["classes.dex", "classes2.dex"])),
    ])
    .unwrap();
    assert_eq!(package.format(), Format::Splits);
    assert_eq!(
        paths(&package),
        ["base.apk", "split_config.zh.apk", "split_feature.apk"]
    );
    assert_eq!(
        dex(&package),
        [
            "classes.dex",
            "split_feature.apk!classes.dex",
            "split_feature.apk!classes2.dex"
        ]
    );
    let place = package.find("split_config.zh.apk!res/a.xml").unwrap();
    assert_eq!(package.path(place), "split_config.zh.apk!res/a.xml");
    assert_eq!(
        package.read(place, &Budget::new(&Limits::default())).unwrap(),
        "res/a.xml"
    );
    assert_eq!(package.find("split_config.zh.apk!classes.dex"), None);
    assert_eq!(package.find("res/a.xml"), None);
}

#[test]
fn without_a_telling_name_the_base_is_the_one_with_code() {
    let inputs = vec![
        file("one.apk", apk(&["res/long/name/to/be/larger.xml"])),
        file("two.apk", apk(&["classes.dex"])),
    ];
    assert_eq!(paths(&open(inputs).unwrap()), ["two.apk", "one.apk"]);
}

#[test]
fn the_reader_of_manifests_may_choose_another_base() {
    let inputs = vec![
        file("a.apk", apk(&["classes.dex"])),
        file("b.apk", apk(&[])),
        file("c.apk", apk(&[])),
    ];
    let mut package = open(inputs).unwrap();
    package.set_base(2);
    assert_eq!(paths(&package), ["c.apk", "a.apk", "b.apk"]);
    package.set_base(9);
    assert_eq!(paths(&package), ["c.apk", "a.apk", "b.apk"]);
}

#[test]
fn an_xapk_names_its_base_in_its_index() {
    let index = br#"{"package_name":"a.b","split_apks":[{"file":"config.zh.apk","id":"config.zh"},{"file":"x.apk","id":"base"}]}"#;
    let package = one(
        "food.xapk",
        [
            stored("manifest.json", index),
            stored("base.apk", &apk(&["classes.dex"])),
            deflated("x.apk", &apk(&["classes.dex"])),
            stored("config.zh.apk", &apk(&[])),
            stored("Android/obb/a.b/main.1.a.b.obb", b"obb"),
        ],
    )
    .unwrap();
    assert_eq!(package.format(), Format::Xapk);
    assert_eq!(paths(&package), ["x.apk", "base.apk", "config.zh.apk"]);
    assert_eq!(package.left_out(), ["Android/obb/a.b/main.1.a.b.obb"]);
}

#[test]
fn an_index_that_is_no_json_is_noted() {
    let package = one(
        "a.xapk",
        [stored("manifest.json", b"{"), stored("base.apk", &apk(&[]))],
    )
    .unwrap();
    assert_eq!(package.anomalies()[0].code, "bad_index");
}

#[test]
fn bundletool_splits_are_read_and_standalones_are_not_read_again() {
    let package = one(
        "a.zip",
        [
            stored("toc.pb", b""),
            stored("standalones/standalone-hdpi.apk", &apk(&["classes.dex"])),
            stored("splits/base-zh.apk", &apk(&[])),
            stored("splits/base-master.apk", &apk(&["classes.dex"])),
        ],
    )
    .unwrap();
    assert_eq!(package.format(), Format::Apks);
    assert_eq!(paths(&package), ["splits/base-master.apk", "splits/base-zh.apk"]);
    assert_eq!(package.left_out(), ["standalones/standalone-hdpi.apk"]);
    assert_eq!(dex(&package), ["classes.dex"]);
}

#[test]
fn formats_are_told_by_content_first_and_by_name_last() {
    let inner = || stored("base.apk", &apk(&[]));
    let format = |name: &str, items: Vec<Item>| one(name, items).unwrap().format();
    assert_eq!(
        format("a.apk", vec![inner(), stored("AndroidManifest.xml", b"")]),
        Format::Apk
    );
    assert_eq!(
        format("a.apk", vec![inner(), stored("info.json", b"{}")]),
        Format::Apkm
    );
    assert_eq!(
        format("a.bin", vec![inner(), stored("meta.sai_v2.json", b"{}")]),
        Format::Apks
    );
    assert_eq!(format("a.APKM", vec![inner()]), Format::Apkm);
    assert_eq!(format("a.zip", vec![inner()]), Format::Splits);
    assert_eq!(format("a", vec![stored("BundleConfig.pb", b"")]), Format::Aab);
}

#[test]
fn an_app_bundle_has_modules_base_first() {
    let package = one(
        "a.aab",
        [
            stored("BundleConfig.pb", b""),
            stored("aaa/manifest/AndroidManifest.xml", b"m2"),
            stored("aaa/dex/classes.dex", b"d3"),
            stored("base/dex/classes2.dex", b"d2"),
            stored("base/dex/classes.dex", b"d1"),
            stored("base/manifest/AndroidManifest.xml", b"m1"),
            stored("base/resources.pb", b"r"),
        ],
    )
    .unwrap();
    assert_eq!(
        dex(&package),
        [
            "base/dex/classes.dex",
            "base/dex/classes2.dex",
            "aaa/dex/classes.dex"
        ]
    );
    let manifests: Vec<_> = package
        .manifests()
        .into_iter()
        .map(|place| package.path(place))
        .collect();
    assert_eq!(
        manifests,
        [
            "base/manifest/AndroidManifest.xml",
            "aaa/manifest/AndroidManifest.xml"
        ]
    );
    assert_eq!(package.path(package.resource_tables()[0]), "base/resources.pb");
}

#[test]
fn a_damaged_member_is_a_fault_and_the_others_open() {
    let mut broken = apk(&["classes.dex"]);
    broken.truncate(broken.len() - 5);
    let package = one(
        "a.apks",
        [
            stored("base.apk", &apk(&[])),
            stored("split_a.apk", &broken),
            stored("b.apk", b"text"),
        ],
    )
    .unwrap();
    assert_eq!(paths(&package), ["base.apk"]);
    let faults = package.faults();
    assert_eq!(
        faults.iter().map(|fault| fault.code).collect::<Vec<_>>(),
        ["container_unreadable"; 2]
    );
    assert_eq!(faults[0].place, "entry:split_a.apk");
}

#[test]
fn faults_of_a_split_are_placed_in_the_split() {
    let odd = Zip::of([stored("AndroidManifest.xml", b""), stored("../x", b"")]).bytes();
    let package = open(vec![
        file("base.apk", apk(&["classes.dex"])),
        file("split_a.apk", odd),
    ])
    .unwrap();
    assert_eq!(package.anomalies()[0].place, "entry:split_a.apk!../x");
}

#[test]
fn two_members_of_one_name_get_two_paths() {
    let package = open(vec![
        file("a.apk", apk(&["classes.dex"])),
        file("a.apk", apk(&[])),
    ])
    .unwrap();
    assert_eq!(paths(&package), ["a.apk", "a.apk (2)"]);
}

#[test]
fn what_is_no_package_says_so() {
    let code = |result: Result<Package, Error>| result.map(|package| package.format()).unwrap_err().code;
    assert_eq!(code(open(vec![])), Code::NotAPackage);
    assert_eq!(
        code(open(vec![file("a.apk", b"hello".to_vec())])),
        Code::NotAPackage
    );
    assert_eq!(
        code(one("a.zip", [stored("readme.txt", b"hello")])),
        Code::NotAPackage
    );
    assert_eq!(
        code(one("a.xapk", [stored("a.apk", b"no archive")])),
        Code::NotAPackage
    );
    let mut cut = apk(&[]);
    cut.truncate(50);
    assert_eq!(
        code(open(vec![file("a.apk", cut.clone()), file("b.apk", cut)])),
        Code::Unreadable
    );
    let shallow = Limits {
        depth: 1,
        ..Limits::default()
    };
    let bundle = vec![file("a.apks", Zip::of([stored("base.apk", &apk(&[]))]).bytes())];
    assert_eq!(Package::open(bundle, &shallow).unwrap_err().code, Code::Limit);
}

#[test]
fn a_bundle_of_bombs_stops_at_the_total() {
    let limits = Limits {
        total_bytes: 3 << 20,
        ..Limits::default()
    };
    let bomb = deflated("x.apk", &vec![0; 1 << 20]);
    let bombs = (0..8).map(|number| Item {
        name: format!("{number}.apk").into_bytes(),
        ..bomb.clone()
    });
    let bytes = Zip::of([stored("base.apk", &apk(&[]))].into_iter().chain(bombs)).bytes();
    let package = Package::open(vec![file("a.apks", bytes)], &limits).unwrap();
    assert_eq!(package.containers().len(), 1);
    let over = package
        .faults()
        .into_iter()
        .filter(|fault| fault.what.contains("everything together"))
        .count();
    assert_eq!(over, 6, "two of eight fit into what the base has left");
}

#[test]
fn payloads_are_found_by_their_first_bytes_wherever_they_are() {
    let jar = Zip::of([deflated("classes.dex", b"dex\n035\0inside")]).bytes();
    let package = one(
        "a.apk",
        [
            stored("AndroidManifest.xml", b"manifest"),
            deflated("classes.dex", b"dex\n035\0loaded"),
            deflated(
                "classes3.dex",
                b"dex\n035\0not loaded, for classes2.dex is missing",
            ),
            deflated("assets/ad.png", b"dex\n037\0"),
            stored("assets/sdk.jar", &jar),
            stored("res/drawable/x.png", &jar),
            deflated("lib/arm64-v8a/libx.so", &jar),
            stored("META-INF/core.dat", &noise(70_000)),
            stored(
                "assets/model.bin",
                &[b"\x28\xb5\x2f\xfd", &noise(70_000)[..]].concat(),
            ),
            stored("assets/photo.jpg", &noise(70_000)),
            stored("assets/table.dat", &[1; 70_000]),
            stored("assets/short.dat", &noise(1000)),
            stored("assets/short.dex", &noise(820)),
            deflated("assets/veiled.jar", &[0x5a; 820]),
            stored("assets/none.jar", b"PK\x05\x06 no entry in it"),
            deflated("res/drawable/y.png", b"dex\n037\0"),
            stored("assets/note.txt", b"PK is not enough"),
        ],
    )
    .unwrap();
    let (payloads, faults) = payload::find(&package, &Budget::new(&Limits::default()));
    let name = |payload: &Payload| {
        package.containers()[0].archive.entries()[payload.entry.unwrap()]
            .name
            .clone()
    };
    let found: Vec<_> = payloads
        .iter()
        .map(|payload| (name(payload), payload.kind))
        .collect();
    let expected = [
        ("classes3.dex", Kind::Dex),
        ("assets/ad.png", Kind::Dex),
        ("assets/sdk.jar", Kind::Zip),
        ("res/drawable/x.png", Kind::Zip),
        ("lib/arm64-v8a/libx.so", Kind::Zip),
        ("META-INF/core.dat", Kind::Encrypted),
        ("assets/short.dex", Kind::Encrypted),
        ("assets/veiled.jar", Kind::Unknown),
        ("res/drawable/y.png", Kind::Dex),
    ];
    assert_eq!(found, expected.map(|(name, kind)| (name.to_owned(), kind)));
    assert!(payloads[5].entropy.unwrap() > 7.9);
    assert_eq!(faults, []);

    let archive = Archive::open(Bytes::from(jar), &Limits::default()).unwrap();
    assert_eq!(
        payload::find_in(&archive, &Budget::new(&Limits::default())),
        (vec![(0, Kind::Dex)], vec![])
    );
}

#[test]
fn an_entry_of_a_payload_that_its_archive_refuses_is_a_fault() {
    let twin = Item {
        same_as: Some(0),
        ..stored("b.dex", b"dex\n035\0")
    };
    let jar = Zip::of([stored("a.dex", b"dex\n035\0"), twin]).bytes();
    let archive = Archive::open(Bytes::from(jar), &Limits::default()).unwrap();
    let (found, faults) = payload::find_in(&archive, &Budget::new(&Limits::default()));
    assert_eq!(found, [(0, Kind::Dex)]);
    let told: Vec<_> = faults.iter().map(|fault| fault.place.as_str()).collect();
    assert_eq!(told, ["entry:b.dex"]);
}

#[test]
fn a_dex_in_front_of_the_archive_is_a_payload_without_an_entry() {
    let zip = Zip {
        first: b"dex\n035\0".to_vec(),
        ..Zip::of([stored("AndroidManifest.xml", b"manifest")])
    };
    let package = open(vec![file("a.apk", zip.bytes())]).unwrap();
    let (payloads, _) = payload::find(&package, &Budget::new(&Limits::default()));
    assert_eq!(
        payloads,
        [Payload {
            entry: None,
            container: 0,
            kind: Kind::Dex,
            entropy: None
        }]
    );
}

#[test]
fn looking_for_payloads_costs_no_more_than_their_first_bytes() {
    let package = one(
        "a.apk",
        [
            stored("AndroidManifest.xml", b""),
            deflated("assets/a.dat", &vec![0; 1 << 20]),
        ],
    )
    .unwrap();
    let budget = Budget::new(&Limits::default());
    let before = budget.left();
    assert_eq!(payload::find(&package, &budget), (vec![], vec![]));
    assert!(before - budget.left() <= (64 << 10) + 8);
}

#[test]
fn what_cannot_be_looked_at_is_a_fault_once() {
    let twin = Item {
        same_as: Some(1),
        ..stored("assets/b.jar", b"PK\x03\x04 twelve")
    };
    let items = [
        stored("AndroidManifest.xml", b"m"),
        stored("assets/a.jar", b"PK\x03\x04 twelve"),
        twin,
    ];
    let package = one("a.apk", items).unwrap();
    let codes: Vec<_> = package.faults().iter().map(|fault| fault.code).collect();
    assert_eq!(codes, ["entry_overlaps"]);
    let (payloads, faults) = payload::find(&package, &Budget::new(&Limits::default()));
    assert_eq!((payloads.len(), faults), (1, vec![]));
    let (payloads, faults) = payload::find(
        &package,
        &Budget::new(&Limits {
            total_bytes: 3,
            ..Limits::default()
        }),
    );
    assert_eq!(
        (payloads.len(), faults[0].code, faults[0].place.as_str()),
        (0, "entry_unreadable", "entry:assets/a.jar")
    );
}

#[test]
fn entropy_is_zero_for_one_byte_and_eight_for_all() {
    assert_eq!(payload::entropy(&[]), 0.0);
    assert_eq!(payload::entropy(&[7; 100]), 0.0);
    assert_eq!(payload::entropy(b"abab"), 1.0);
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(payload::entropy(&all), 8.0);
}
