//! Public keys and the signatures they check. Sizes are bounded before any arithmetic: the keys come from the file.

use der::asn1::{ObjectIdentifier, UintRef};
use der::{Decode, SliceReader};
use dsa::signature::hazmat::PrehashVerifier;
use rsa::{BigUint, Pkcs1v15Sign, Pss, RsaPublicKey};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::spki::SubjectPublicKeyInfoRef;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const RSA_BITS_MAX: usize = 16_384;
/// A DSA key of 3072 bits, the largest there is, takes 1.3 KiB.
const DSA_DER_MAX: usize = 2048;
const P521_FIELD: usize = 66;

/// A digest to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(super) fn name(self) -> &'static str {
        match self {
            Hash::Sha1 => "sha1",
            Hash::Sha256 => "sha256",
            Hash::Sha384 => "sha384",
            Hash::Sha512 => "sha512",
        }
    }

    pub(super) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Hash::Sha1 => Sha1::digest(bytes).to_vec(),
            Hash::Sha256 => Sha256::digest(bytes).to_vec(),
            Hash::Sha384 => Sha384::digest(bytes).to_vec(),
            Hash::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

/// How a signature is made, besides the kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SignatureMethod {
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

enum Key {
    Rsa(RsaPublicKey),
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
    Dsa(dsa::VerifyingKey),
    Other,
}

/// A key from a SubjectPublicKeyInfo.
pub(super) struct PublicKey {
    key: Key,
    /// `rsa 2048`, `ec p256`, `dsa 1024`, or the object identifier of what is not known.
    pub(super) label: String,
}

impl PublicKey {
    /// None when the DER or the key in it is malformed.
    pub(super) fn read(spki: &[u8]) -> Option<Self> {
        let info = SubjectPublicKeyInfoRef::from_der(spki).ok()?;
        let bits = info.subject_public_key.raw_bytes();
        let other = |label: String| Self {
            key: Key::Other,
            label,
        };
        Some(match info.algorithm.oid {
            RSA => rsa_key(bits)?,
            EC => match info.algorithm.parameters_oid().ok() {
                Some(P256) => {
                    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(bits).ok()?;
                    Self {
                        key: Key::P256(key),
                        label: "ec p256".to_owned(),
                    }
                }
                Some(P384) => {
                    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(bits).ok()?;
                    Self {
                        key: Key::P384(key),
                        label: "ec p384".to_owned(),
                    }
                }
                Some(P521) => {
                    let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(bits).ok()?;
                    Self {
                        key: Key::P521(key),
                        label: "ec p521".to_owned(),
                    }
                }
                Some(curve) => other(format!("ec {curve}")),
                None => other("ec".to_owned()),
            },
            DSA if spki.len() <= DSA_DER_MAX && info.algorithm.parameters.is_some() => {
                let key = dsa::VerifyingKey::try_from(info).ok()?;
                let label = format!("dsa {}", key.components().p().bits());
                Self {
                    key: Key::Dsa(key),
                    label,
                }
            }
            DSA => other("dsa".to_owned()),
            oid => other(oid.to_string()),
        })
    }

    pub(super) fn check(&self, method: SignatureMethod, message: &[u8], signature: &[u8]) -> Check {
        let digest = method.hash.digest(message);
        let right = match &self.key {
            Key::Rsa(key) if method.pss => {
                let scheme = match method.hash {
                    Hash::Sha1 => Pss::new_with_salt::<Sha1>(digest.len()),
                    Hash::Sha256 => Pss::new_with_salt::<Sha256>(digest.len()),
                    Hash::Sha384 => Pss::new_with_salt::<Sha384>(digest.len()),
                    Hash::Sha512 => Pss::new_with_salt::<Sha512>(digest.len()),
                };
                key.verify(scheme, &digest, signature).is_ok()
            }
            Key::Rsa(key) => {
                let scheme = match method.hash {
                    Hash::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
                    Hash::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
                    Hash::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
                    Hash::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
                };
                key.verify(scheme, &digest, signature).is_ok()
            }
            Key::P256(key) => p256::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok()),
            Key::P384(key) => p384::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok()),
            Key::P521(key) => {
                // The crate refuses digests shorter than half the field; leading zeros do not change the number.
                let mut digest = digest;
                digest.splice(
                    ..0,
                    std::iter::repeat_n(0, P521_FIELD.saturating_sub(digest.len())),
                );
                p521::ecdsa::Signature::from_der(signature)
                    .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok())
            }
            Key::Dsa(key) => dsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok()),
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

fn rsa_key(bits: &[u8]) -> Option<PublicKey> {
    let sequence = der::asn1::AnyRef::from_der(bits).ok()?;
    let mut reader = SliceReader::new(sequence.value()).ok()?;
    let n = UintRef::decode(&mut reader).ok()?;
    let e = UintRef::decode(&mut reader).ok()?;
    let size = bit_length(n.as_bytes());
    let label = format!("rsa {size}");
    if size > RSA_BITS_MAX || e.as_bytes().len() > 8 {
        return Some(PublicKey {
            key: Key::Other,
            label,
        });
    }
    let (n, e) = (
        BigUint::from_bytes_be(n.as_bytes()),
        BigUint::from_bytes_be(e.as_bytes()),
    );
    let key = RsaPublicKey::new_with_max_size(n, e, RSA_BITS_MAX).ok()?;
    Some(PublicKey {
        key: Key::Rsa(key),
        label,
    })
}

fn bit_length(bytes: &[u8]) -> usize {
    let first = bytes.first().map_or(0, |byte| byte.leading_zeros() as usize);
    bytes.len().saturating_mul(8).saturating_sub(first)
}
