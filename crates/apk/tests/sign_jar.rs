//! Signature files of v1 written here, for what apksigner does not write: loose encodings, several signers, signed attributes,
//! and files that break a rule of Android's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod zip_writer;

use apk::sign::{verify, Effort, Signing};
use apk::zip::Archive;
use apk::{Budget, Limits};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::SigningKey;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use zip_writer::{deflated, stored, Item, Zip};

const DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
const SIGNED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const CONTENT_TYPE: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
const MESSAGE_DIGEST: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
const SHA256: &[u8] = b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";
const ECDSA_SHA256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
const ECDSA_SHA512: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04";
const RSA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
const KEY_USAGE: &[u8] = b"\x06\x03\x55\x1d\x0f";
const UTF8: u8 = 0x0c;
const PRINTABLE: u8 = 0x13;
const MANIFEST: &str = "Manifest-Version: 1.0\r\n\r\n";

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let len = content.len();
    let header = match len {
        0..=0x7f => vec![tag, len as u8],
        0x80..=0xff => vec![tag, 0x81, len as u8],
        _ => vec![tag, 0x82, (len >> 8) as u8, len as u8],
    };
    [header, content].concat()
}

/// The same elements with every length in a form that DER forbids.
fn loose(mut bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let (start, len) = match bytes[1] {
            0x81 => (3, usize::from(bytes[2])),
            0x82 => (4, usize::from(bytes[2]) << 8 | usize::from(bytes[3])),
            short => (2, usize::from(short)),
        };
        let content = &bytes[start..start + len];
        if bytes[0] & 0x20 != 0 {
            out.extend([&[bytes[0], 0x80][..], &loose(content), &[0, 0]].concat());
        } else {
            out.extend([&[bytes[0], 0x83, 0, (len >> 8) as u8, len as u8][..], content].concat());
        }
        bytes = &bytes[start + len..];
    }
    out
}

fn name(tag: u8, text: &str) -> Vec<u8> {
    let common_name = der(0x30, &[b"\x06\x03\x55\x04\x03", &der(tag, &[text.as_bytes()])]);
    der(0x30, &[&der(0x31, &[&common_name])])
}

fn key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

fn certificate(serial: &[u8], extensions: &[u8]) -> Vec<u8> {
    let validity = der(
        0x30,
        &[&der(0x17, &[b"990101000000Z"]), &der(0x18, &[b"20500101000000Z"])],
    );
    let algorithm = der(0x30, &[ECDSA_SHA256]);
    let kind = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
    let point = key().verifying_key().to_encoded_point(false);
    let public = der(0x30, &[&der(0x30, &[kind]), &der(3, &[&[0], point.as_bytes()])]);
    let own_name = name(UTF8, "Some  Signer");
    let signed = der(
        0x30,
        &[
            b"\xa0\x03\x02\x01\x02",
            &der(2, &[serial]),
            &algorithm,
            &own_name,
            &validity,
            &own_name,
            &public,
            extensions,
        ],
    );
    der(0x30, &[&signed, &algorithm, &der(3, &[&[0]])])
}

/// One extension, as the field of a certificate.
fn extension(kind: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let flag: &[u8] = if critical { b"\x01\x01\xff" } else { b"" };
    let one = der(0x30, &[kind, flag, &der(4, &[value])]);
    der(0xa3, &[&der(0x30, &[&one])])
}

/// One SignerInfo, to be bent before it is written.
struct Info {
    issuer: Vec<u8>,
    serial: Vec<u8>,
    algorithm: &'static [u8],
    attributes: Option<Vec<Vec<u8>>>,
    spoiled: bool,
}

impl Info {
    fn good() -> Self {
        Self {
            issuer: name(UTF8, "Some  Signer"),
            serial: vec![5],
            algorithm: ECDSA_SHA256,
            attributes: None,
            spoiled: false,
        }
    }

    fn with(attributes: &[Vec<u8>]) -> Self {
        Self {
            attributes: Some(attributes.to_vec()),
            ..Self::good()
        }
    }

    fn write(&self, file: &[u8]) -> Vec<u8> {
        let list = self.attributes.as_ref().map(|list| list.concat());
        let message = list.as_ref().map_or(file.to_vec(), |list| der(0x31, &[list]));
        let signature: p256::ecdsa::Signature = key().sign(&message);
        let mut signature = signature.to_der().as_bytes().to_vec();
        if self.spoiled {
            *signature.last_mut().unwrap() ^= 1;
        }
        der(
            0x30,
            &[
                &[2, 1, 1],
                &der(0x30, &[&self.issuer, &der(2, &[&self.serial])]),
                &der(0x30, &[SHA256, &[5, 0]]),
                &list.map_or(vec![], |list| der(0xa0, &[&list])),
                &der(0x30, &[self.algorithm]),
                &der(4, &[&signature]),
            ],
        )
    }
}

fn attribute(kind: &[u8], value: &[u8]) -> Vec<u8> {
    der(0x30, &[kind, &der(0x31, &[value])])
}

fn content_type() -> Vec<u8> {
    attribute(CONTENT_TYPE, DATA)
}

fn digest() -> Vec<u8> {
    attribute(
        MESSAGE_DIGEST,
        &der(4, &[&Sha256::digest(signature_file(&manifest()))]),
    )
}

fn pkcs7(certificate: &[u8], infos: &[Vec<u8>]) -> Vec<u8> {
    let data = der(
        0x30,
        &[
            &[2, 1, 1],
            &der(0x31, &[&der(0x30, &[SHA256])]),
            &der(0x30, &[DATA]),
            &der(0xa0, &[certificate]),
            &der(0x31, &[&infos.concat()]),
        ],
    );
    der(0x30, &[SIGNED_DATA, &der(0xa0, &[&data])])
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let mut text: String = bits
        .as_bytes()
        .chunks(6)
        .map(|six| format!("{:0<6}", String::from_utf8_lossy(six)))
        .map(|six| char::from(ALPHABET[usize::from_str_radix(&six, 2).unwrap()]))
        .collect();
    while text.len() % 4 != 0 {
        text.push('=');
    }
    text
}

fn sha256(bytes: impl AsRef<[u8]>) -> String {
    base64(&Sha256::digest(bytes))
}

fn section(name: &str, content: &str) -> String {
    format!("Name: {name}\r\nSHA-256-Digest: {}\r\n\r\n", sha256(content))
}

fn manifest() -> String {
    format!("{MANIFEST}{}", section("a", "content"))
}

/// An `.SF` file that digests the sections of a manifest which lists only `a`.
fn signature_file(manifest: &str) -> String {
    let sections = &manifest[MANIFEST.len()..];
    format!("Signature-Version: 1.0\r\n\r\n{}", section("a", sections))
}

fn check(manifest: &str, file: &str, block: &[u8]) -> Signing {
    let archive = Zip::of([
        stored("a", b"content"),
        stored("META-INF/MANIFEST.MF", manifest.as_bytes()),
        stored("META-INF/S.SF", file.as_bytes()),
        stored("META-INF/S.EC", block),
    ]);
    let limits = Limits::default();
    let archive = Archive::open(archive.shared(), &limits).unwrap();
    verify(&archive, Effort::All, &Budget::new(&limits))
}

fn verdict(signing: &Signing) -> (Option<bool>, &str) {
    assert_eq!(signing.schemes.len(), 1);
    (
        signing.verified,
        signing.schemes[0].reason.as_deref().unwrap_or(""),
    )
}

fn signed_by(certificate: &[u8], infos: &[Info]) -> Signing {
    let file = signature_file(&manifest());
    let infos: Vec<Vec<u8>> = infos.iter().map(|info| info.write(file.as_bytes())).collect();
    check(&manifest(), &file, &pkcs7(certificate, &infos))
}

fn of_infos(infos: &[Info]) -> Signing {
    signed_by(&certificate(&[5], b""), infos)
}

/// What becomes of texts that are signed as they are.
fn of_texts(manifest: &str, file: &str) -> (Option<bool>, String) {
    let info = Info::good().write(file.as_bytes());
    let signing = check(manifest, file, &pkcs7(&certificate(&[5], b""), &[info]));
    let (verified, reason) = verdict(&signing);
    (verified, reason.to_owned())
}

#[test]
fn a_signature_file_written_by_the_book_verifies() {
    let signing = of_infos(&[Info::good()]);
    assert_eq!(verdict(&signing), (Some(true), ""));
    let signer = &signing.schemes[0].signers[0];
    assert_eq!(signer.digests, ["sha256"]);
    assert_eq!(signer.certificate.subject, "CN=Some  Signer");
    assert_eq!(signer.certificate.serial, "5");
    assert_eq!(signer.certificate.algorithm, "ec p256");
    assert_eq!(signer.certificate.not_before, "1999-01-01T00:00:00Z");
    assert_eq!(signer.certificate.not_after, "2050-01-01T00:00:00Z");
}

#[test]
fn an_issuer_may_be_written_as_another_kind_of_text() {
    for issuer in [name(PRINTABLE, "Some  Signer"), name(UTF8, " some signer")] {
        let info = Info {
            issuer,
            ..Info::good()
        };
        assert_eq!(verdict(&of_infos(&[info])), (Some(true), ""));
    }
    let missing = "META-INF/S.EC: the certificate of a signer is missing";
    for info in [
        Info {
            issuer: name(UTF8, "SomeSigner"),
            ..Info::good()
        },
        Info {
            serial: vec![6],
            ..Info::good()
        },
    ] {
        assert_eq!(verdict(&of_infos(&[info])), (Some(false), missing));
    }
}

#[test]
fn lengths_and_numbers_need_not_be_der() {
    let file = signature_file(&manifest());
    let certificate = certificate(&[0xff, 0x85], b"");
    let info = Info {
        serial: vec![0x85],
        ..Info::good()
    };
    let block = loose(&pkcs7(&certificate, &[info.write(file.as_bytes())]));
    let signing = check(&manifest(), &file, &block);
    assert_eq!(verdict(&signing), (Some(true), ""));
    let signer = &signing.schemes[0].signers[0].certificate;
    let digest: String = Sha256::digest(loose(&certificate))
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        signer.sha256, digest,
        "the digest is over the bytes as they stand in the file"
    );
    assert_eq!(signer.issuer, "CN=Some  Signer");
    assert_eq!(signer.not_after, "2050-01-01T00:00:00Z");
}

#[test]
fn signed_attributes_bind_the_file() {
    assert_eq!(
        verdict(&of_infos(&[Info::with(&[content_type(), digest()])])),
        (Some(true), "")
    );
    let lacking = "META-INF/S.EC: the signed attributes lack the content's type or digest";
    for attributes in [vec![digest()], vec![content_type()], vec![]] {
        assert_eq!(
            verdict(&of_infos(&[Info::with(&attributes)])),
            (Some(false), lacking)
        );
    }
    assert_eq!(
        verdict(&of_infos(&[Info::with(&[content_type(), digest(), digest()])])).1,
        "META-INF/S.EC: the signed attributes repeat the content's type or digest"
    );
    let mismatch = "the signature in META-INF/S.EC does not match the file it signs";
    let other_type = attribute(CONTENT_TYPE, SIGNED_DATA);
    let other_digest = attribute(MESSAGE_DIGEST, &der(4, &[&[1; 32]]));
    for attributes in [[other_type, digest()], [content_type(), other_digest]] {
        assert_eq!(
            verdict(&of_infos(&[Info::with(&attributes)])),
            (Some(false), mismatch)
        );
    }
}

#[test]
fn of_several_signers_one_is_enough_unless_another_is_malformed() {
    let spoiled = || Info {
        spoiled: true,
        ..Info::good()
    };
    let signing = of_infos(&[spoiled(), Info::good()]);
    assert_eq!(verdict(&signing), (Some(true), ""));
    assert_eq!(signing.schemes[0].signers.len(), 1);
    assert_eq!(verdict(&of_infos(&[spoiled(), spoiled()])).0, Some(false));
    assert_eq!(verdict(&of_infos(&[])).0, Some(false));
    assert_eq!(
        verdict(&of_infos(&[Info::good(), Info::with(&[digest()])])).0,
        Some(false)
    );
}

#[test]
fn more_signers_than_are_looked_at_are_no_verdict() {
    let many = |count: usize| of_infos(&(0..count).map(|_| Info::good()).collect::<Vec<_>>());
    assert_eq!(verdict(&many(64)), (Some(true), ""));
    assert_eq!(verdict(&many(65)).0, None);
    let file = signature_file(&manifest());
    let (verified, reason) = {
        let signing = check(&manifest(), &file, &vec![0x30; (1 << 20) + 1]);
        (signing.verified, signing.schemes[0].reason.clone().unwrap())
    };
    assert_eq!(verified, None);
    assert!(reason.contains("longer than"), "{reason}");
}

#[test]
fn algorithms_must_fit_each_other_and_the_key() {
    let with = |algorithm| {
        let info = Info {
            algorithm,
            ..Info::good()
        };
        let signing = of_infos(&[info]);
        let (verified, reason) = verdict(&signing);
        (verified, reason.to_owned())
    };
    let (verified, reason) = with(ECDSA_SHA512);
    assert_eq!(verified, Some(false));
    assert!(reason.contains("no such pair"), "{reason}");
    let (verified, reason) = with(RSA);
    assert_eq!(verified, Some(false));
    assert!(reason.contains("another kind"), "{reason}");
}

#[test]
fn a_certificate_must_be_meant_for_signatures() {
    let of = |extensions: &[u8]| {
        let signing = signed_by(&certificate(&[5], extensions), &[Info::good()]);
        let (verified, reason) = verdict(&signing);
        (verified, reason.to_owned())
    };
    assert_eq!(
        of(&extension(KEY_USAGE, true, &[3, 2, 7, 0x80])).0,
        Some(true),
        "digitalSignature"
    );
    assert_eq!(
        of(&extension(KEY_USAGE, true, &[3, 2, 6, 0x40])).0,
        Some(true),
        "nonRepudiation"
    );
    let (verified, reason) = of(&extension(KEY_USAGE, false, &[3, 2, 2, 0x04]));
    assert_eq!(verified, Some(false), "keyCertSign only");
    assert!(reason.contains("not meant for signatures"), "{reason}");
    assert_eq!(
        of(&extension(b"\x06\x03\x2a\x03\x04", false, &[5, 0])).0,
        Some(true)
    );
    let (verified, reason) = of(&extension(b"\x06\x03\x2a\x03\x04", true, &[5, 0]));
    assert_eq!(verified, Some(false));
    assert!(reason.contains("critical extension"), "{reason}");
}

#[test]
fn the_texts_follow_androids_rules() {
    let manifest = manifest();
    let file = signature_file(&manifest);
    assert_eq!(of_texts(&manifest, &file), (Some(true), String::new()));

    let (verified, reason) = of_texts(&manifest, &file.replace("Signature-Version", "Version"));
    assert_eq!(
        (verified, reason.as_str()),
        (Some(false), "META-INF/S.SF does not begin with its version")
    );

    let twice = format!("{manifest}{}", section("a", "content"));
    let (verified, reason) = of_texts(&twice, &signature_file(&manifest));
    assert_eq!(
        (verified, reason.as_str()),
        (Some(false), "META-INF/MANIFEST.MF has two sections of a")
    );

    let whole = format!(
        "Signature-Version: 1.0\r\nSHA-256-Digest-Manifest: {}\r\n\r\n",
        sha256(&manifest)
    );
    assert_eq!(
        of_texts(&manifest, &whole),
        (Some(false), "a is not signed".to_owned()),
        "a digest of the whole does not replace the list"
    );
    let listed = format!("{whole}Name: a\r\n\r\n");
    assert_eq!(of_texts(&manifest, &listed), (Some(true), String::new()));
    let old_tool = listed
        .replace("-Digest-Manifest", "-Digest")
        .replace("1.0\r\n", "1.0\r\nCreated-By: 1.0 (signtool)\r\n");
    assert_eq!(of_texts(&manifest, &old_tool), (Some(true), String::new()));
    assert_eq!(
        of_texts(&manifest, &old_tool.replace("signtool", "another")).0,
        Some(false)
    );
}

#[test]
fn the_strongest_digest_decides() {
    let weak = |content: &str| format!("SHA1-Digest: {}\r\n", base64(&Sha1::digest(content)));
    let with = |digests: &str| {
        let manifest = format!("{MANIFEST}Name: a\r\n{digests}\r\n");
        of_texts(&manifest, &signature_file(&manifest)).0
    };
    let strong = |content: &str| format!("SHA-256-Digest: {}\r\n", sha256(content));
    assert_eq!(with(&weak("content")), Some(true));
    assert_eq!(with(&(weak("changed") + &strong("content"))), Some(true));
    assert_eq!(with(&(weak("content") + &strong("changed"))), Some(false));
    assert_eq!(
        with("MD5-Digest: AAAA\r\n"),
        Some(false),
        "Android does not look at this one"
    );
}

#[test]
fn an_unknown_method_is_read_as_deflate() {
    let file = signature_file(&manifest());
    let block = pkcs7(&certificate(&[5], b""), &[Info::good().write(file.as_bytes())]);
    let unknown = |name: &str, data: &[u8]| Item {
        method: 21,
        ..deflated(name, data)
    };
    let archive = Zip::of([
        stored("META-INF/MANIFEST.MF", manifest().as_bytes()),
        stored("META-INF/S.SF", file.as_bytes()),
        unknown("META-INF/S.EC", &block),
        unknown("a", b"content"),
    ]);
    let limits = Limits::default();
    let archive = Archive::open(archive.shared(), &limits).unwrap();
    let signing = verify(&archive, Effort::All, &Budget::new(&limits));
    assert_eq!(verdict(&signing), (Some(true), ""));
}
