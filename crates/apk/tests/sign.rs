//! Files signed by Android's own apksigner and by jarsigner (`sign_samples/make.sh`), as they are and tampered with.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod zip_writer;

use apk::sign::{verify, Effort, SchemeVersion, Signing};
use apk::zip::Archive;
use apk::{Budget, Bytes, Limits};
use zip_writer::{deflated, stored, Item, Zip};

const SAMPLES: &str = include_str!("sign_samples/samples.zip.b64");
const EXPECTED: &str = include_str!("sign_samples/expected.txt");
const V2: u32 = 0x7109_871a;
const V3: u32 = 0xf053_68c0;

use SchemeVersion::{V1, V2 as Two, V3 as Three};

const ALL: [(&str, &[SchemeVersion], &str); 8] = [
    ("jar-p384", &[V1], "ec p384"),
    ("rotated", &[V1, Two, Three], "ec p384"),
    ("v1-dsa", &[V1], "dsa 1024"),
    ("v1-rsa", &[V1], "rsa 2048"),
    ("v2-dsa", &[Two], "dsa 1024"),
    ("v2-p521", &[Two], "ec p521"),
    ("v2-rsa", &[Two], "rsa 2048"),
    ("verity", &[Two, Three], "ec p256"),
];

fn decode(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=')
        .map(value)
        .collect();
    let mut bytes = Vec::new();
    for group in digits.chunks(4) {
        let bits = group
            .iter()
            .fold(0u32, |bits, digit| bits << 6 | u32::from(*digit))
            << (6 * (4 - group.len()));
        bytes.extend(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}

fn sample(name: &str) -> Vec<u8> {
    let samples = Archive::open(Bytes::from(decode(SAMPLES)), &Limits::default()).unwrap();
    let index = samples.find(&format!("{name}.apk")).expect(name);
    samples
        .read(index, &Budget::new(&Limits::default()))
        .unwrap()
        .to_vec()
}

fn check(bytes: Vec<u8>, effort: Effort) -> Signing {
    let limits = Limits::default();
    verify(
        &Archive::open(Bytes::from(bytes), &limits).unwrap(),
        effort,
        &Budget::new(&limits),
    )
}

fn verdict(signing: &Signing, version: SchemeVersion) -> (Option<bool>, &str) {
    let scheme = signing
        .schemes
        .iter()
        .find(|scheme| scheme.version == version)
        .unwrap();
    (scheme.verified, scheme.reason.as_deref().unwrap_or(""))
}

/// Where the signing block begins, and where the directory does.
fn block(bytes: &[u8]) -> (usize, usize) {
    let magic = bytes.windows(16).position(|w| w == b"APK Sig Block 42").unwrap();
    let size = u64::from_le_bytes(bytes[magic - 8..magic].try_into().unwrap()) as usize;
    (magic + 16 - size - 8, magic + 16)
}

/// The offset of the value with this id, and its length.
fn value(bytes: &[u8], id: u32) -> (usize, usize) {
    let (start, _) = block(bytes);
    let at = start
        + bytes[start..]
            .windows(4)
            .position(|w| w == id.to_le_bytes())
            .unwrap();
    let len = u64::from_le_bytes(bytes[at - 8..at].try_into().unwrap()) as usize;
    (at + 4, len - 4)
}

/// Puts one more pair into the signing block, which no signature covers.
fn with_pair(bytes: &[u8], id: u32, content: &[u8]) -> Vec<u8> {
    let (start, end) = block(bytes);
    let mut pair = (content.len() as u64 + 4).to_le_bytes().to_vec();
    pair.extend(id.to_le_bytes());
    pair.extend(content);
    let size = (end - start - 8 + pair.len()) as u64;
    let mut out = bytes[..start].to_vec();
    out.extend(size.to_le_bytes());
    out.extend(&bytes[start + 8..end - 24]);
    out.extend(pair);
    out.extend(size.to_le_bytes());
    out.extend(b"APK Sig Block 42");
    let directory = out.len() as u32;
    out.extend(&bytes[end..]);
    let record = out.len() - 22;
    out[record + 16..record + 20].copy_from_slice(&directory.to_le_bytes());
    out
}

fn flipped(mut bytes: Vec<u8>, at: usize) -> Vec<u8> {
    bytes[at] ^= 1;
    bytes
}

#[test]
fn apksigner_and_this_reader_see_the_same_signers() {
    for (name, versions, key) in ALL {
        let signing = check(sample(name), Effort::All);
        assert_eq!(
            signing
                .schemes
                .iter()
                .map(|scheme| scheme.version)
                .collect::<Vec<_>>(),
            versions,
            "{name}"
        );
        for scheme in &signing.schemes {
            assert_eq!(
                (scheme.verified, &scheme.reason),
                (Some(true), &None),
                "{name} {}",
                scheme.version.name()
            );
        }
        assert_eq!(
            (signing.effective, signing.verified),
            (versions.last().copied(), Some(true))
        );
        assert_eq!(
            (&signing.anomalies, &signing.faults),
            (&vec![], &vec![]),
            "{name}"
        );
        let certificate = &signing.schemes.last().unwrap().signers[0].certificate;
        assert!(
            EXPECTED.contains(&format!("{name} sha256 {}\n", certificate.sha256)),
            "{name}"
        );
        assert!(
            EXPECTED.contains(&format!("{name} sha1 {}\n", certificate.sha1)),
            "{name}"
        );
        assert_eq!(certificate.algorithm, key);
    }
}

#[test]
fn a_certificate_is_described() {
    let signing = check(sample("v2-p521"), Effort::All);
    let signer = &signing.schemes[0].signers[0];
    assert_eq!(signer.certificate.subject, "CN=p521,O=明鉴");
    assert_eq!(signer.certificate.issuer, signer.certificate.subject);
    assert!(!signer.certificate.serial.is_empty() && !signer.certificate.serial.starts_with('0'));
    assert_eq!(
        (
            signer.certificate.not_before.len(),
            signer.certificate.not_after.len()
        ),
        (20, 20)
    );
    assert!(
        signer.certificate.not_before < signer.certificate.not_after
            && signer.certificate.not_after.ends_with('Z')
    );
    assert_eq!(
        (&signer.digests[..], signer.min_sdk, signer.max_sdk),
        (&["sha512"][..], None, None)
    );
}

#[test]
fn digests_and_android_versions_are_those_of_the_scheme() {
    let signing = check(sample("verity"), Effort::All);
    assert_eq!(signing.schemes[0].signers[0].digests, ["sha256", "verity-sha256"]);
    assert_eq!(signing.schemes[1].signers[0].min_sdk, Some(24));
    assert_eq!(signing.schemes[1].signers[0].max_sdk, Some(i32::MAX as u32));
}

#[test]
fn a_rotated_key_lists_the_one_before() {
    let signing = check(sample("rotated"), Effort::All);
    assert_eq!(signing.lineage.len(), 1);
    assert_eq!(
        signing.lineage[0].sha256,
        signing.schemes[1].signers[0].certificate.sha256
    );
    assert_eq!(signing.lineage[0].subject, "CN=p256,O=明鉴");
    assert_eq!(
        signing.schemes[2].signers[0].certificate.subject,
        "CN=p384,O=明鉴"
    );
}

#[test]
fn v1_is_left_half_checked_when_a_newer_scheme_decides() {
    let signing = check(sample("rotated"), Effort::Effective);
    assert_eq!(
        verdict(&signing, V1),
        (None, "entries not checked: Android goes by v3")
    );
    assert_eq!(signing.verified, Some(true));
    assert_eq!(
        verdict(&check(sample("v1-rsa"), Effort::Effective), V1).0,
        Some(true)
    );
}

#[test]
fn a_changed_entry_breaks_every_scheme() {
    for (name, versions, _) in ALL {
        let bytes = sample(name);
        // The name in the local header stands right before the content, which repeats it.
        let content = bytes
            .windows(22)
            .position(|w| w == b"classes.dexclasses.dex")
            .unwrap()
            + 50;
        let signing = check(flipped(bytes, content), Effort::All);
        for version in versions {
            let (verified, reason) = verdict(&signing, *version);
            assert_eq!(verified, Some(false), "{name} {}", version.name());
            assert!(reason.contains("changed after signing"), "{reason}");
        }
    }
}

#[test]
fn a_changed_directory_breaks_v2_and_v3_but_not_v1() {
    let bytes = sample("rotated");
    let (_, directory) = block(&bytes);
    let signing = check(flipped(bytes, directory + 12), Effort::All);
    assert_eq!(verdict(&signing, V1).0, Some(true));
    assert_eq!(verdict(&signing, Two).0, Some(false));
    assert_eq!(verdict(&signing, Three).0, Some(false));
}

#[test]
fn a_v2_block_with_a_changed_byte_is_never_right() {
    let bytes = sample("v2-rsa");
    let (start, len) = value(&bytes, V2);
    for at in (start..start + len).step_by(5) {
        let signing = check(flipped(bytes.clone(), at), Effort::All);
        assert_eq!(signing.schemes.len(), 1);
        assert_ne!(signing.verified, Some(true), "byte {} of the block", at - start);
        assert!(signing.schemes[0].reason.is_some());
    }
}

#[test]
fn a_block_cut_anywhere_verifies_nothing() {
    let bytes = sample("v2-rsa");
    let (start, directory) = block(&bytes);
    for cut in (start..directory).step_by(7) {
        let mut out = [&bytes[..cut], &bytes[directory..]].concat();
        let record = out.len() - 22;
        out[record + 16..record + 20].copy_from_slice(&(cut as u32).to_le_bytes());
        assert_ne!(
            check(out, Effort::All).verified,
            Some(true),
            "cut at {}",
            cut - start
        );
    }
}

#[test]
fn a_stripped_block_is_missed_by_v1() {
    let bytes = sample("rotated");
    let (start, directory) = block(&bytes);
    let mut out = [&bytes[..start], &bytes[directory..]].concat();
    let record = out.len() - 22;
    out[record + 16..record + 20].copy_from_slice(&(start as u32).to_le_bytes());
    let signing = check(out, Effort::All);
    assert_eq!(signing.effective, Some(V1));
    let (verified, reason) = verdict(&signing, V1);
    assert_eq!(verified, Some(false));
    assert!(reason.contains("scheme v2 signed, too"), "{reason}");
}

#[test]
fn a_stripped_v3_is_missed_by_v2() {
    let bytes = sample("rotated");
    let (at, _) = value(&bytes, V3);
    let signing = check(flipped(bytes, at - 4), Effort::All);
    assert_eq!(signing.effective, Some(Two));
    assert_eq!(
        verdict(&signing, Two),
        (
            Some(false),
            "its signer says that v3 signed, too, but it is not there"
        )
    );
    assert_eq!(signing.anomalies[0].code, "signing_block_unknown");
}

#[test]
fn pairs_that_no_signature_covers_are_listed() {
    let bytes = sample("v2-rsa");
    let signing = check(
        with_pair(&bytes, 0x7177_7777, b"{\"channel\":\"shop\"}"),
        Effort::All,
    );
    assert_eq!(signing.verified, Some(true));
    assert_eq!(signing.anomalies.len(), 1);
    assert_eq!(signing.anomalies[0].code, "signing_block_unknown");
    assert!(
        signing.anomalies[0]
            .what
            .starts_with("block 0x71777777 of 18 bytes"),
        "{}",
        signing.anomalies[0].what
    );
    let signing = check(with_pair(&bytes, V2, b"another"), Effort::All);
    assert_eq!(
        (signing.verified, signing.anomalies[0].code),
        (Some(true), "signing_block_repeated")
    );
    let mut padding = bytes.clone();
    let (at, _) = value(&bytes, 0x4272_6577);
    padding[at] = 1;
    let signing = check(padding, Effort::All);
    assert_eq!(
        (signing.verified, signing.anomalies[0].code),
        (Some(true), "signing_block_padding")
    );
}

#[test]
fn a_damaged_block_is_a_fault_and_no_scheme() {
    let bytes = sample("v2-rsa");
    let (start, _) = block(&bytes);
    let sizes = check(flipped(bytes.clone(), start), Effort::All);
    assert_eq!(
        (sizes.schemes.len(), sizes.effective, sizes.verified),
        (0, None, None)
    );
    assert_eq!(sizes.faults[0].code, "signing_block_damaged");
    let mut pair = bytes.clone();
    pair[start + 8..start + 16].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(check(pair, Effort::All).faults[0].code, "signing_block_damaged");
    let record = bytes.len() - 22;
    let gap = [&bytes[..record], &[0; 8], &bytes[record..]].concat();
    assert_eq!(check(gap, Effort::All).faults[0].code, "signing_block_damaged");
}

#[test]
fn a_flood_of_pairs_or_of_digests_is_refused() {
    let flood = |pairs: u32| (0..pairs).fold(sample("v2-rsa"), |bytes, id| with_pair(&bytes, id, &[]));
    assert_eq!(check(flood(1000), Effort::All).verified, Some(true));
    let signing = check(flood(1100), Effort::All);
    assert_eq!(
        (signing.schemes.len(), signing.faults[0].code),
        (0, "signing_block_damaged")
    );

    let long = [
        without(entries("v1-rsa"), ".MF"),
        vec![stored("META-INF/MANIFEST.MF", &vec![b'a'; 17 << 20])],
    ]
    .concat();
    let (verified, reason) = v1(long);
    assert_eq!(verified, None);
    assert!(reason.contains("a list of digests beyond"), "{reason}");
}

/// The entries of a v1 sample, to be put together again with changes.
fn entries(name: &str) -> Vec<Item> {
    let archive = Archive::open(Bytes::from(sample(name)), &Limits::default()).unwrap();
    let budget = Budget::new(&Limits::default());
    let read = |index: usize| {
        deflated(
            &archive.entries()[index].name,
            &archive.read(index, &budget).unwrap(),
        )
    };
    (0..archive.entries().len()).map(read).collect()
}

fn v1(items: Vec<Item>) -> (Option<bool>, String) {
    let signing = check(Zip::of(items).bytes(), Effort::All);
    let (verified, reason) = verdict(&signing, V1);
    (verified, reason.to_owned())
}

fn without(items: Vec<Item>, ending: &str) -> Vec<Item> {
    items
        .into_iter()
        .filter(|item| !item.name.ends_with(ending.as_bytes()))
        .collect()
}

#[test]
fn v1_survives_packing_anew_and_nothing_else() {
    let items = || entries("v1-rsa");
    assert_eq!(v1(items()), (Some(true), String::new()));
    let added = [items(), vec![stored("assets/extra", b"x")]].concat();
    assert_eq!(v1(added), (Some(false), "assets/extra is not signed".to_owned()));
    let in_folder = [
        items(),
        vec![stored("META-INF/services/x", b"x"), stored("res/", b"")],
    ]
    .concat();
    assert_eq!(
        v1(in_folder),
        (Some(true), String::new()),
        "Android does not ask for these to be signed"
    );
    assert_eq!(
        v1(without(items(), "classes.dex")),
        (Some(false), "classes.dex was removed after signing".to_owned())
    );
    assert_eq!(
        v1(without(items(), ".MF")),
        (Some(false), "META-INF/MANIFEST.MF is missing".to_owned())
    );
    let (verified, reason) = v1(without(items(), ".SF"));
    assert_eq!(
        (verified, reason.ends_with(".SF is missing")),
        (Some(false), true),
        "{reason}"
    );
}

fn edited(name: &str, ending: &str, edit: impl Fn(String) -> String) -> (Option<bool>, String) {
    let archive = Archive::open(Bytes::from(sample(name)), &Limits::default()).unwrap();
    let budget = Budget::new(&Limits::default());
    let items = archive.entries().iter().enumerate().map(|(index, entry)| {
        let bytes = archive.read(index, &budget).unwrap();
        match entry.name.ends_with(ending) {
            true => stored(
                &entry.name,
                edit(String::from_utf8(bytes.to_vec()).unwrap()).as_bytes(),
            ),
            false => stored(&entry.name, &bytes),
        }
    });
    v1(items.collect())
}

#[test]
fn v1_texts_may_not_change() {
    for name in ["v1-rsa", "v1-dsa", "jar-p384"] {
        let (verified, reason) = edited(name, ".SF", |text| text + "Name: x\r\n\r\n");
        assert_eq!(verified, Some(false), "{name}");
        assert!(reason.contains("does not match"), "{name}: {reason}");
        let (verified, reason) = edited(name, ".MF", |text| {
            text.replace("Name: classes.dex", "Name: classes.dey")
        });
        assert_eq!(verified, Some(false), "{name}: {reason}");
        let (verified, reason) = edited(name, ".MF", |text| {
            text + "Name: other\r\nSHA-256-Digest: AAAA\r\n\r\n"
        });
        assert_eq!(verified, Some(false), "{name}: {reason}");
    }
}

#[test]
fn the_main_section_of_the_manifest_is_signed_by_jarsigner_only() {
    let edit = |text: String| text.replace("Manifest-Version: 1.0", "Manifest-Version: 1.1");
    let changed = "the main section of the manifest was changed".to_owned();
    assert_eq!(edited("jar-p384", ".MF", edit), (Some(false), changed));
    // apksigner writes no digest of it, and Android does not miss one.
    assert_eq!(edited("v1-rsa", ".MF", edit), (Some(true), String::new()));
}

#[test]
fn a_signature_file_that_is_none_is_not_read_as_one() {
    let items = without(entries("v1-rsa"), ".RSA");
    let unsigned = check(Zip::of(items.clone()).bytes(), Effort::All);
    assert_eq!(
        (unsigned.schemes.len(), unsigned.effective, unsigned.verified),
        (0, None, None)
    );
    let junk = [items, vec![stored("META-INF/RSA.RSA", b"\x30\x80junk")]].concat();
    assert_eq!(
        v1(junk),
        (Some(false), "META-INF/RSA.RSA is malformed".to_owned())
    );
}

#[test]
fn a_v1_signature_cut_or_changed_anywhere_is_never_right() {
    let items = entries("v1-rsa");
    let archive = Archive::open(Bytes::from(sample("v1-rsa")), &Limits::default()).unwrap();
    let index = archive
        .entries()
        .iter()
        .position(|entry| entry.name.ends_with(".RSA"))
        .unwrap();
    let name = archive.entries()[index].name.clone();
    let block = archive.read(index, &Budget::new(&Limits::default())).unwrap();
    let others = without(items, ".RSA");
    for end in (0..block.len()).step_by(11) {
        let cut = [others.clone(), vec![stored(&name, &block[..end])]].concat();
        assert_ne!(v1(cut).0, Some(true), "cut at {end}");
    }
    // The last 256 bytes are the signature itself.
    for at in (block.len() - 256..block.len()).step_by(5) {
        let changed = [others.clone(), vec![stored(&name, &flipped(block.to_vec(), at))]].concat();
        assert_eq!(v1(changed).0, Some(false), "byte {at}");
    }
}
