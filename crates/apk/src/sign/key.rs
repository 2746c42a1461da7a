//! Public keys and the signatures they check. Sizes are bounded before any arithmetic, and so is all of it together: the keys
//! come from the file.

use std::cell::Cell;

use der::asn1::ObjectIdentifier;
use der::Decode;
use dsa::signature::hazmat::PrehashVerifier;
use md5::Md5;
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, Pkcs1v15Sign, Pss, RsaPublicKey};
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use super::ber::{self, Element};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const RSA_BITS_MAX: usize = 16_384;
/// Keys in use have 3072 bits at most, and a subgroup of 256.
const DSA_BITS_MAX: usize = 4096;
const DSA_SUBGROUP_BITS_MAX: usize = 512;
/// What checking all signatures of one archive may cost: that of 60 RSA keys of 16384 bits, or of thousands in use.
const WORK_MAX: usize = 1 << 18;

/// Measured for P-521, the slowest.
const EC_COST: usize = 512;

/// How much checking is left for one archive. A unit is one bit of an exponent for a modulus of 1024 bits.
pub(super) struct Checks(Cell<usize>);

impl Checks {
    pub(super) fn new() -> Self {
        Self(Cell::new(WORK_MAX))
    }

    fn take(&self, cost: usize) -> bool {
        let left = self.0.get().checked_sub(cost);
        if let Some(left) = left {
            self.0.set(left);
        }
        left.is_some()
    }
}

/// A digest to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(super) fn name(self) -> &'static str {
        match self {
            Hash::Md5 => "md5",
            Hash::Sha1 => "sha1",
            Hash::Sha224 => "sha224",
            Hash::Sha256 => "sha256",
            Hash::Sha384 => "sha384",
            Hash::Sha512 => "sha512",
        }
    }

    pub(super) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Hash::Md5 => Md5::digest(bytes).to_vec(),
            Hash::Sha1 => Sha1::digest(bytes).to_vec(),
            Hash::Sha224 => Sha224::digest(bytes).to_vec(),
            Hash::Sha256 => Sha256::digest(bytes).to_vec(),
            Hash::Sha384 => Sha384::digest(bytes).to_vec(),
            Hash::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

/// Signed bytes; every digest is computed at most once, however many signatures name it.
pub(super) struct Message<'a> {
    bytes: &'a [u8],
    known: Vec<(Hash, Vec<u8>)>,
}

impl<'a> Message<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            known: Vec::new(),
        }
    }

    pub(super) fn digest(&mut self, hash: Hash) -> &[u8] {
        let at = match self.known.iter().position(|known| known.0 == hash) {
            Some(at) => at,
            None => {
                self.known.push((hash, hash.digest(self.bytes)));
                self.known.len().saturating_sub(1)
            }
        };
        &self.known[at].1
    }
}

/// How a signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SignatureMethod {
    pub(super) family: Family,
    pub(super) hash: Hash,
    /// Probabilistic padding; only RSA has it.
    pub(super) pss: bool,
}

/// What came of checking one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Check {
    Right,
    Wrong,
    /// Not checked, and why.
    Unsupported(String),
}

/// A kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Rsa,
    Dsa,
    Ec,
}

enum Key {
    Rsa(RsaPublicKey),
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
    /// p, q, g and y; whether they fit each other costs as much as a signature, and is found out with it.
    Dsa([BigUint; 4]),
    Other,
}

/// A key from a SubjectPublicKeyInfo.
pub(super) struct PublicKey {
    key: Key,
    /// None for a kind that is not known.
    pub(super) family: Option<Family>,
    /// `rsa 2048`, `ec p256`, `dsa 1024`, or the object identifier of what is not known.
    pub(super) label: String,
}

impl PublicKey {
    /// None when the DER or the key in it is malformed.
    pub(super) fn read(spki: &[u8]) -> Option<Self> {
        let info = SubjectPublicKeyInfoRef::from_der(spki).ok()?;
        let bits = info.subject_public_key.raw_bytes();
        let (family, key, label) = match info.algorithm.oid {
            RSA => {
                let (key, label) = rsa_key(bits)?;
                (Some(Family::Rsa), key, label)
            }
            EC => {
                let (key, label) = ec_key(info.algorithm.parameters_oid().ok(), bits)?;
                (Some(Family::Ec), key, label)
            }
            DSA => {
                let (key, label) = dsa_key(spki, bits)?;
                (Some(Family::Dsa), key, label)
            }
            other => (None, Key::Other, other.to_string()),
        };
        Some(Self { key, family, label })
    }

    /// What one check costs, as [`Checks`] counts.
    fn cost(&self) -> usize {
        let steps = |modulus: usize, exponent: usize| {
            let width = modulus.div_ceil(1024);
            width.saturating_mul(width).saturating_mul(exponent)
        };
        match &self.key {
            Key::Rsa(key) => steps(key.n().bits(), key.e().bits()),
            // One power to see that the key is in its subgroup, and one for each half of the signature.
            Key::Dsa([p, q, ..]) => steps(p.bits(), q.bits()).saturating_mul(3),
            Key::P256(_) | Key::P384(_) | Key::P521(_) => EC_COST,
            Key::Other => 0,
        }
    }

    pub(super) fn check(
        &self,
        method: SignatureMethod,
        message: &mut Message<'_>,
        signature: &[u8],
        checks: &Checks,
    ) -> Check {
        if self.family.is_some_and(|family| family != method.family) {
            return Check::Wrong;
        }
        if !checks.take(self.cost()) {
            return Check::Unsupported("its signatures take too long to check".to_owned());
        }
        let digest = message.digest(method.hash);
        let right = match &self.key {
            Key::Rsa(key) if method.pss => {
                let salt = digest.len();
                let scheme = match method.hash {
                    Hash::Md5 => Pss::new_with_salt::<Md5>(salt),
                    Hash::Sha1 => Pss::new_with_salt::<Sha1>(salt),
                    Hash::Sha224 => Pss::new_with_salt::<Sha224>(salt),
                    Hash::Sha256 => Pss::new_with_salt::<Sha256>(salt),
                    Hash::Sha384 => Pss::new_with_salt::<Sha384>(salt),
                    Hash::Sha512 => Pss::new_with_salt::<Sha512>(salt),
                };
                key.verify(scheme, digest, signature).is_ok()
            }
            Key::Rsa(key) => {
                let scheme = match method.hash {
                    Hash::Md5 => Pkcs1v15Sign::new::<Md5>(),
                    Hash::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
                    Hash::Sha224 => Pkcs1v15Sign::new::<Sha224>(),
                    Hash::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
                    Hash::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
                    Hash::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
                };
                key.verify(scheme, digest, signature).is_ok()
            }
            Key::P256(key) => p256::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(&filled(digest, 32), &signature).is_ok()),
            Key::P384(key) => p384::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(&filled(digest, 48), &signature).is_ok()),
            Key::P521(key) => p521::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(&filled(digest, 66), &signature).is_ok()),
            Key::Dsa([p, q, g, y]) => {
                let key = dsa::Components::from_components(p.clone(), q.clone(), g.clone())
                    .and_then(|components| dsa::VerifyingKey::from_components(components, y.clone()));
                key.is_ok_and(|key| {
                    dsa::Signature::from_der(signature)
                        .is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok())
                })
            }
            Key::Other => {
                return Check::Unsupported(format!(
                    "signatures of a key of kind {} are not checked",
                    self.label
                ))
            }
        };
        if right {
            Check::Right
        } else {
            Check::Wrong
        }
    }
}

/// A digest as wide as the field: the crates refuse those shorter than half of it, and leading zeros do not change the number.
fn filled(digest: &[u8], field: usize) -> Vec<u8> {
    let mut wide = vec![0; field.saturating_sub(digest.len())];
    wide.extend_from_slice(digest);
    wide
}

fn rsa_key(bits: &[u8]) -> Option<(Key, String)> {
    let [n, e, ..] = Element::first(bits)?.children_of(ber::SEQUENCE)?[..] else {
        return None;
    };
    let (n, e) = (n.unsigned()?, e.unsigned()?);
    let size = bit_length(n);
    let label = format!("rsa {size}");
    if size > RSA_BITS_MAX || e.len() > 8 {
        return Some((Key::Other, label));
    }
    let (n, e) = (BigUint::from_bytes_be(n), BigUint::from_bytes_be(e));
    let key = RsaPublicKey::new_with_max_size(n, e, RSA_BITS_MAX).ok()?;
    Some((Key::Rsa(key), label))
}

fn ec_key(curve: Option<ObjectIdentifier>, point: &[u8]) -> Option<(Key, String)> {
    Some(match curve {
        Some(P256) => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            (Key::P256(key), "ec p256".to_owned())
        }
        Some(P384) => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            (Key::P384(key), "ec p384".to_owned())
        }
        Some(P521) => {
            let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            (Key::P521(key), "ec p521".to_owned())
        }
        Some(curve) => (Key::Other, format!("ec {curve}")),
        None => (Key::Other, "ec".to_owned()),
    })
}

fn dsa_key(spki: &[u8], bits: &[u8]) -> Option<(Key, String)> {
    let algorithm = *Element::first(spki)?.children()?.first()?;
    let parameters = algorithm
        .children()?
        .get(1)
        .and_then(|element| element.children());
    let Some([p, q, g]) = parameters.as_deref() else {
        return Some((Key::Other, "dsa".to_owned()));
    };
    let numbers = [
        p.unsigned()?,
        q.unsigned()?,
        g.unsigned()?,
        Element::first(bits)?.unsigned()?,
    ];
    let label = format!("dsa {}", bit_length(numbers[0]));
    let small = numbers.iter().all(|number| bit_length(number) <= DSA_BITS_MAX)
        && bit_length(numbers[1]) <= DSA_SUBGROUP_BITS_MAX;
    let key = if small {
        Key::Dsa(numbers.map(BigUint::from_bytes_be))
    } else {
        Key::Other
    };
    Some((key, label))
}

fn bit_length(bytes: &[u8]) -> usize {
    let first = bytes.first().map_or(0, |byte| byte.leading_zeros() as usize);
    bytes.len().saturating_mul(8).saturating_sub(first)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A kind of key, a digest, a key and its signature over [`SIGNED`] in each line, as openssl wrote them.
    const VECTORS: &str = include_str!("key_vectors.txt");
    const SIGNED: &[u8] = b"signed by another tool";

    fn bytes(hex: &str) -> Vec<u8> {
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(byte).collect()
    }

    fn vectors() -> impl Iterator<Item = (SignatureMethod, PublicKey, Vec<u8>)> {
        VECTORS.lines().map(|line| {
            let [family, hash, key, signature] = line.split(' ').collect::<Vec<_>>()[..] else {
                unreachable!("{line}");
            };
            let family = match family {
                "rsa" => Family::Rsa,
                "dsa" => Family::Dsa,
                _ => Family::Ec,
            };
            let hashes = [Hash::Md5, Hash::Sha1, Hash::Sha224];
            let hash = hashes.into_iter().find(|known| known.name() == hash).unwrap();
            let method = SignatureMethod {
                family,
                hash,
                pss: false,
            };
            (method, PublicKey::read(&bytes(key)).unwrap(), bytes(signature))
        })
    }

    fn check(method: SignatureMethod, key: &PublicKey, message: &[u8], signature: &[u8]) -> Check {
        key.check(method, &mut Message::new(message), signature, &Checks::new())
    }

    #[test]
    fn signatures_over_short_digests_are_those_of_openssl() {
        for (method, key, signature) in vectors() {
            let (label, hash) = (&key.label, method.hash);
            assert_eq!(
                check(method, &key, SIGNED, &signature),
                Check::Right,
                "{label} {hash:?}"
            );
            assert_eq!(
                check(method, &key, b"another", &signature),
                Check::Wrong,
                "{label} {hash:?}"
            );
            let other = SignatureMethod {
                hash: Hash::Sha256,
                ..method
            };
            assert_eq!(check(other, &key, SIGNED, &signature), Check::Wrong, "{label}");
        }
        assert_eq!(vectors().count(), 8);
    }

    #[test]
    fn a_signature_of_another_kind_than_the_key_is_wrong() {
        let (method, key, signature) = vectors().next().unwrap();
        let family = Family::Ec;
        assert_eq!(
            check(SignatureMethod { family, ..method }, &key, SIGNED, &signature),
            Check::Wrong
        );
    }

    #[test]
    fn signatures_beyond_the_bound_are_not_checked() {
        let (method, key, signature) = vectors().next().unwrap();
        // RSA of 1024 bits and an exponent of 17.
        let checks = Checks(Cell::new(17 + 17 + 16));
        let mut message = Message::new(SIGNED);
        let mut next = || key.check(method, &mut message, &signature, &checks);
        assert_eq!([next(), next()], [Check::Right, Check::Right]);
        let third = next();
        assert!(matches!(third, Check::Unsupported(_)), "{third:?}");
    }
}
