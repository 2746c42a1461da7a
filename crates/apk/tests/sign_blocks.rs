//! Signing blocks written here, for what apksigner does not write: v3.1, RSA-PSS, and blocks that lie.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod zip_writer;

use apk::sign::{verify, Effort, SchemeVersion, Signing};
use apk::zip::Archive;
use apk::{Budget, Bytes, Limits};
use p256::ecdsa::signature::Signer as _;
use rsa::traits::PublicKeyParts;
use sha2::{Digest, Sha256};
use zip_writer::{stored, Zip};

const V2: u32 = 0x7109_871a;
const V3: u32 = 0xf053_68c0;
const V31: u32 = 0x1b93_ad61;
const ECDSA_SHA256: u32 = 0x0201;
const RSA_PSS_SHA256: u32 = 0x0101;
const PRIMES: [&str; 2] = ["e222f784521f62bd5e75f3cbd5fdfea059280787d43ceaa70b7d8c0bb178af92a479a8af57de2a30f009b80d795efebab7d2ecdcea6d29290e10ada6a4003d43", "c1f8d9ff7a52b73fc86dcf2cb48e87becda39380c175383532e0fd4c6c4c995cb70a421f326b48cfb0695a2a8606e2927f0c37f2881752f02dd6536ba898ff2b"];

/// A length of four bytes, then the bytes.
fn field(parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    [&(content.len() as u32).to_le_bytes()[..], &content].concat()
}

fn number(value: u32) -> [u8; 4] {
    value.to_le_bytes()
}

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

/// A signing key of one of two kinds.
enum Key {
    Ec(p256::ecdsa::SigningKey),
    Rsa(Box<rsa::RsaPrivateKey>),
}

/// Not random at all, so that the tests always do the same.
struct Counter(u64);

impl rsa::rand_core::RngCore for Counter {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    fn next_u64(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.next_u64() as u8);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl rsa::rand_core::CryptoRng for Counter {}

impl Key {
    fn ec(seed: u8) -> Self {
        Key::Ec(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    fn rsa() -> Self {
        let prime = |hex: &str| rsa::BigUint::parse_bytes(hex.as_bytes(), 16).unwrap();
        let key = rsa::RsaPrivateKey::from_p_q(prime(PRIMES[0]), prime(PRIMES[1]), 65_537u32.into()).unwrap();
        Key::Rsa(Box::new(key))
    }

    fn algorithm(&self) -> u32 {
        match self {
            Key::Ec(_) => ECDSA_SHA256,
            Key::Rsa(_) => RSA_PSS_SHA256,
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Key::Ec(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_der().as_bytes().to_vec()
            }
            Key::Rsa(key) => {
                let digest = Sha256::digest(message);
                key.sign_with_rng(&mut Counter(0), rsa::Pss::new_with_salt::<Sha256>(32), &digest)
                    .unwrap()
            }
        }
    }

    /// The SubjectPublicKeyInfo.
    fn public(&self) -> Vec<u8> {
        match self {
            Key::Ec(key) => {
                let algorithm =
                    b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
                let point = key.verifying_key().to_encoded_point(false);
                der(
                    0x30,
                    &[&der(0x30, &[algorithm]), &der(3, &[&[0], point.as_bytes()])],
                )
            }
            Key::Rsa(key) => rsa_public(&key.n().to_bytes_be(), &key.e().to_bytes_be()),
        }
    }

    /// As much of a certificate as has to be there; nobody checks its own signature.
    fn certificate(&self) -> Vec<u8> {
        let name = der(
            0x30,
            &[&der(
                0x31,
                &[&der(
                    0x30,
                    &[b"\x06\x03\x55\x04\x03", &der(0x0c, &["测试".as_bytes()])],
                )],
            )],
        );
        let validity = der(
            0x30,
            &[&der(0x17, &[b"200101000000Z"]), &der(0x18, &[b"20500101000000Z"])],
        );
        let algorithm = der(0x30, &[b"\x06\x03\x2a\x03\x04"]);
        let serial = der(2, &[&[0; 1], &[0xab; 24]]);
        let signed = der(
            0x30,
            &[&serial, &algorithm, &name, &validity, &name, &self.public()],
        );
        der(0x30, &[&signed, &algorithm, &der(3, &[&[0]])])
    }
}

fn rsa_public(n: &[u8], e: &[u8]) -> Vec<u8> {
    let oid = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    let key = der(0x30, &[&der(2, &[&[0], n]), &der(2, &[e])]);
    der(0x30, &[&der(0x30, &[oid]), &der(3, &[&[0], &key])])
}

/// What a signer's block says, to be bent before it is signed.
struct Signer<'a> {
    key: &'a Key,
    digest: Vec<u8>,
    attributes: Vec<(u32, Vec<u8>)>,
    range: Option<(u32, u32)>,
    /// The range outside of what is signed, when another.
    outer_range: Option<(u32, u32)>,
    algorithm: u32,
    /// The certificate, when not that of the key.
    certificate: Option<Vec<u8>>,
}

impl<'a> Signer<'a> {
    fn v2(key: &'a Key) -> Self {
        Self {
            key,
            digest: content_digest(),
            attributes: Vec::new(),
            range: None,
            outer_range: None,
            algorithm: key.algorithm(),
            certificate: None,
        }
    }

    fn v3(key: &'a Key, range: (u32, u32)) -> Self {
        Self {
            range: Some(range),
            ..Self::v2(key)
        }
    }

    fn block(&self) -> Vec<u8> {
        let range = |range: Option<(u32, u32)>| {
            range.map_or(vec![], |(min, max)| [number(min), number(max)].concat())
        };
        let attributes: Vec<u8> = self
            .attributes
            .iter()
            .flat_map(|(id, value)| field(&[&number(*id), value]))
            .collect();
        let certificate = self.certificate.clone().unwrap_or_else(|| self.key.certificate());
        let signed = [
            field(&[&field(&[&number(self.algorithm), &field(&[&self.digest])])]),
            field(&[&field(&[&certificate])]),
            range(self.range),
            field(&[&attributes]),
        ]
        .concat();
        let signature = field(&[&number(self.algorithm), &field(&[&self.key.sign(&signed)])]);
        field(&[
            &field(&[&signed]),
            &range(self.outer_range.or(self.range)),
            &field(&[&signature]),
            &field(&[&self.key.public()]),
        ])
    }
}

fn plain() -> Zip {
    Zip::of([stored("AndroidManifest.xml", b"manifest")])
}

/// The chunked SHA-256 digest of the archive: three parts, each shorter than a chunk.
fn content_digest() -> Vec<u8> {
    let bytes = plain().bytes();
    let directory = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    let end = bytes.len() - 22;
    let chunk =
        |part: &[u8]| Sha256::digest([&[0xa5][..], &number(part.len() as u32), part].concat()).to_vec();
    let chunks = [
        chunk(&bytes[..directory]),
        chunk(&bytes[directory..end]),
        chunk(&bytes[end..]),
    ]
    .concat();
    Sha256::digest([&[0x5a][..], &number(3), &chunks].concat()).to_vec()
}

fn check(schemes: &[(u32, Vec<Vec<u8>>)]) -> Signing {
    let pairs: Vec<u8> = schemes
        .iter()
        .flat_map(|(id, signers)| {
            let signers: Vec<&[u8]> = signers.iter().map(Vec::as_slice).collect();
            let value = field(&signers);
            [&(value.len() as u64 + 4).to_le_bytes()[..], &number(*id), &value].concat()
        })
        .collect();
    let size = (pairs.len() as u64 + 24).to_le_bytes();
    let block = [&size[..], &pairs, &size, b"APK Sig Block 42"].concat();
    let archive = Archive::open(Zip { block, ..plain() }.shared(), &Limits::default()).unwrap();
    verify(&archive, Effort::All, &Budget::new(&Limits::default()))
}

fn only(signing: &Signing) -> (Option<bool>, &str) {
    assert_eq!(signing.schemes.len(), 1);
    (
        signing.schemes[0].verified,
        signing.schemes[0].reason.as_deref().unwrap_or(""),
    )
}

/// One level of a proof of rotation.
fn level(key: &Key, signed_with: u32, next: u32, signer: Option<&Key>) -> Vec<u8> {
    let signed = [field(&[&key.certificate()]), number(signed_with).to_vec()].concat();
    let signature = signer.map_or(vec![], |signer| signer.sign(&signed));
    field(&[
        &field(&[&signed]),
        &number(0),
        &number(next),
        &field(&[&signature]),
    ])
}

#[test]
fn a_block_written_by_the_book_verifies() {
    for key in [Key::ec(1), Key::rsa()] {
        let signing = check(&[(V2, vec![Signer::v2(&key).block()])]);
        assert_eq!(only(&signing), (Some(true), ""));
        let certificate = &signing.schemes[0].signers[0].certificate;
        assert_eq!(
            (certificate.subject.as_str(), certificate.serial.as_str()),
            ("CN=测试", &*"ab".repeat(24))
        );
        assert_eq!(certificate.not_before, "2020-01-01T00:00:00Z");
        assert_eq!(certificate.not_after, "2050-01-01T00:00:00Z");
    }
}

#[test]
fn a_probabilistic_signature_with_another_message_is_wrong() {
    let key = Key::rsa();
    let mut block = Signer::v2(&key).block();
    // The fourth field of the signed data is the empty list of attributes; one more byte in the digest changes what is signed.
    block[30] ^= 1;
    assert_eq!(only(&check(&[(V2, vec![block])])).0, Some(false));
}

#[test]
fn v31_decides_and_brings_its_lineage() {
    let (old, new) = (Key::ec(1), Key::ec(2));
    let lineage = [
        number(1).to_vec(),
        level(&old, 0, ECDSA_SHA256, None),
        level(&new, ECDSA_SHA256, 0, Some(&old)),
    ]
    .concat();
    let rotated = |lineage: Vec<u8>| {
        let signer = Signer {
            attributes: vec![(0x3ba0_6f8c, lineage)],
            ..Signer::v3(&new, (33, 99))
        };
        let before = Signer {
            attributes: vec![(0x559f_8b02, number(33).to_vec())],
            ..Signer::v3(&old, (24, 32))
        };
        check(&[(V3, vec![before.block()]), (V31, vec![signer.block()])])
    };
    let signing = rotated(lineage.clone());
    assert_eq!(
        signing
            .schemes
            .iter()
            .map(|scheme| scheme.verified)
            .collect::<Vec<_>>(),
        [Some(true); 2]
    );
    assert_eq!(
        (signing.effective, signing.verified),
        (Some(SchemeVersion::V31), Some(true))
    );
    assert_eq!(signing.schemes[1].signers[0].min_sdk, Some(33));
    assert_eq!(signing.lineage.len(), 1);
    assert_eq!(
        signing.lineage[0].sha256,
        signing.schemes[0].signers[0].certificate.sha256
    );

    let reason = |lineage: Vec<u8>| {
        let signing = rotated(lineage);
        assert_eq!((signing.verified, signing.lineage.len()), (Some(false), 0));
        signing.schemes[1].reason.clone().unwrap()
    };
    let forged = [
        number(1).to_vec(),
        level(&old, 0, ECDSA_SHA256, None),
        level(&new, ECDSA_SHA256, 0, Some(&new)),
    ];
    assert_eq!(
        reason(forged.concat()),
        "a signature in the proof of rotation does not hold"
    );
    let other = [number(1).to_vec(), level(&old, 0, ECDSA_SHA256, None)];
    assert_eq!(
        reason(other.concat()),
        "the proof of rotation does not end with the present certificate"
    );
    let renamed = [
        number(1).to_vec(),
        level(&old, 0, 0x0103, None),
        level(&new, ECDSA_SHA256, 0, Some(&old)),
    ];
    assert_eq!(
        reason(renamed.concat()),
        "the proof of rotation names another algorithm than it uses"
    );
    assert_eq!(
        reason(lineage[..lineage.len() - 1].to_vec()),
        "the proof of rotation is malformed"
    );
    assert_eq!(
        reason(number(2).to_vec()),
        "the proof of rotation is of an unknown version"
    );
}

#[test]
fn a_v3_that_promises_v31_is_wrong_without_it() {
    let key = Key::ec(1);
    let signer = Signer {
        attributes: vec![(0x559f_8b02, number(33).to_vec())],
        ..Signer::v3(&key, (24, 32))
    };
    let signing = check(&[(V3, vec![signer.block()])]);
    assert_eq!(
        only(&signing),
        (
            Some(false),
            "its signer says that v3.1 signed, too, but it is not there"
        )
    );
}

#[test]
fn what_is_signed_must_agree_with_what_stands_around_it() {
    let (key, other) = (Key::ec(1), Key::ec(2));
    let v2 = |signer: Signer<'_>| {
        let signing = check(&[(V2, vec![signer.block()])]);
        let (verified, reason) = only(&signing);
        (verified, reason.to_owned())
    };
    let wrong = |reason: &str| (Some(false), reason.to_owned());
    let certificate = Some(other.certificate());
    assert_eq!(
        v2(Signer {
            certificate,
            ..Signer::v2(&key)
        }),
        wrong("the key is not the certificate's")
    );
    let digest = vec![0; 32];
    assert_eq!(
        v2(Signer {
            digest,
            ..Signer::v2(&key)
        }),
        wrong("the file was changed after signing: its sha256 digest differs")
    );
    let outer_range = Some((1, 99));
    let signer = Signer {
        outer_range,
        ..Signer::v3(&key, (24, 99))
    };
    assert_eq!(
        only(&check(&[(V3, vec![signer.block()])])).1,
        "the range of Android versions is not the one signed"
    );
    let backwards = Signer::v3(&key, (99, 24));
    assert_eq!(only(&check(&[(V3, vec![backwards.block()])])).0, Some(false));
}

#[test]
fn what_android_cannot_read_is_wrong() {
    let key = Key::ec(1);
    let unknown = Signer {
        algorithm: 0x7777,
        ..Signer::v2(&key)
    };
    assert_eq!(
        only(&check(&[(V2, vec![unknown.block()])])),
        (
            Some(false),
            "a signer has no signature of an algorithm that Android knows"
        )
    );
    let unreadable = Signer {
        certificate: Some(b"no certificate".to_vec()),
        ..Signer::v2(&key)
    };
    let signing = check(&[(V2, vec![unreadable.block()])]);
    assert_eq!(only(&signing), (Some(false), "the certificate is malformed"));
    let certificate = &signing.schemes[0].signers[0].certificate;
    assert_eq!((certificate.subject.as_str(), certificate.sha256.len()), ("", 64));
}

#[test]
fn an_algorithm_of_another_kind_of_key_is_wrong() {
    let key = Key::ec(1);
    for algorithm in [0x0103, 0x0301] {
        let signer = Signer {
            algorithm,
            ..Signer::v2(&key)
        };
        assert_eq!(
            only(&check(&[(V2, vec![signer.block()])])),
            (Some(false), "the signature does not match what it signs")
        );
    }
}

#[test]
fn a_certificate_that_is_not_der_is_read() {
    let key = Key::ec(1);
    let certificate = key.certificate();
    // The length of the outermost element has one digit; a zero before it is BER only.
    assert_eq!(certificate[1], 0x81);
    let longer = [&[0x30, 0x82, 0], &certificate[2..]].concat();
    let digest = Sha256::digest(&longer);
    let signer = Signer {
        certificate: Some(longer),
        ..Signer::v2(&key)
    };
    let signing = check(&[(V2, vec![signer.block()])]);
    assert_eq!(only(&signing), (Some(true), ""));
    let certificate = &signing.schemes[0].signers[0].certificate;
    assert_eq!(certificate.subject, "CN=测试");
    assert!(certificate.sha256.starts_with(&format!("{:02x}", digest[0])));
}

#[test]
fn every_signer_must_hold() {
    let (good, bad) = (Key::ec(1), Key::ec(2));
    let broken = Signer {
        digest: vec![1; 32],
        ..Signer::v2(&bad)
    };
    let signing = check(&[(V2, vec![Signer::v2(&good).block(), broken.block()])]);
    assert_eq!(only(&signing).0, Some(false));
    assert_eq!(signing.schemes[0].signers.len(), 2);
    let unknown = Signer {
        algorithm: 0x7777,
        ..Signer::v2(&bad)
    };
    let signing = check(&[(V2, vec![Signer::v2(&good).block(), unknown.block()])]);
    assert_eq!(only(&signing).0, Some(false));
    let many = vec![Signer::v2(&good).block(); 11];
    assert_eq!(
        only(&check(&[(V2, many)])).1,
        "the list of signers is empty, too long or malformed"
    );
    assert_eq!(only(&check(&[(V2, vec![])])).0, Some(false));
}

#[test]
fn keys_of_absurd_size_are_refused_before_any_arithmetic() {
    let key = Key::ec(1);
    let with_key = |public: Vec<u8>| {
        let mut block = Signer::v2(&key).block();
        let own = field(&[&key.public()]);
        block.truncate(block.len() - own.len());
        block.extend(field(&[&public]));
        let len = (block.len() - 4) as u32;
        block[..4].copy_from_slice(&number(len));
        check(&[(V2, vec![block])])
    };
    // An EC signature's algorithm with an RSA key: wrong for a key of honest size, not even tried for these.
    let huge = with_key(rsa_public(&[0xff; 5000], &[1, 0, 1]));
    assert_ne!(huge.verified, Some(true));
    let exponent = with_key(rsa_public(&[0xff; 256], &[0x7f; 200]));
    assert_ne!(exponent.verified, Some(true));
    let even = with_key(rsa_public(&[&[0xff; 255][..], &[0]].concat(), &[1, 0, 1]));
    assert_eq!(even.verified, Some(false));
    assert_ne!(with_key(rsa_public(&[], &[])).verified, Some(true));
    assert_ne!(with_key(vec![]).verified, Some(true));
}

#[test]
fn an_unsigned_archive_has_no_verdict() {
    let archive = Archive::open(Bytes::from(plain().bytes()), &Limits::default()).unwrap();
    assert_eq!(
        verify(&archive, Effort::All, &Budget::new(&Limits::default())),
        Signing::default()
    );
}
