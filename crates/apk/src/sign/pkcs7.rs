//! The signature file of v1: a PKCS #7 SignedData over the bytes of the `.SF` file beside it.

use der::asn1::{ObjectIdentifier, OctetStringRef};
use der::{Decode, Reader, SliceReader, Tag};

use super::certificate::{self, content, content_of, elements};
use super::key::{Check, Hash, PublicKey, SignatureMethod};
use super::Certificate;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const CERTIFICATES: u8 = 0xa0;
const SIGNED_ATTRIBUTES: u8 = 0xa0;
const SET: u8 = 0x31;

/// The signer of a signature file: certificate, the digest signed with, and the verdict on the signature.
pub(super) type Signed = (Certificate, &'static str, Check);

/// Checks the first signer, as Android does; none when the structure cannot be read.
pub(super) fn check(signature_file: &[u8], message: &[u8]) -> Option<Signed> {
    let outer = elements(content_of(trim(signature_file)?, Tag::Sequence)?)?;
    if ObjectIdentifier::from_der(outer.first()?).ok()? != SIGNED_DATA {
        return None;
    }
    let signed_data = elements(content(content(outer.get(1)?)?)?)?;
    let certificates = signed_data
        .iter()
        .find(|element| element.first() == Some(&CERTIFICATES))?;
    let certificates = elements(content(certificates)?)?;
    let signer = *elements(content_of(signed_data.last()?, Tag::Set)?)?.first()?;
    let mut fields = elements(content(signer)?)?.into_iter().skip(1).peekable();
    let issuer_and_serial = elements(content(fields.next()?)?)?;
    let digest_algorithm = algorithm(fields.next()?)?;
    let attributes = fields.next_if(|field| field.first() == Some(&SIGNED_ATTRIBUTES));
    let signature_algorithm = algorithm(fields.next()?)?;
    let signature = OctetStringRef::from_der(fields.next()?).ok()?.as_bytes();

    let serial = content(issuer_and_serial.get(1)?)?;
    let issuer = *issuer_and_serial.first()?;
    let signer = certificates
        .into_iter()
        .map(certificate::read)
        .find(|parsed| parsed.serial == serial && parsed.issuer == issuer)?;
    let Some(hash) = hash(digest_algorithm) else {
        let why = format!("a signature over a digest of kind {digest_algorithm} is not checked");
        return Some((signer.certificate, "", Check::Unsupported(why)));
    };
    let verdict = match PublicKey::read(signer.key) {
        None => Check::Unsupported("the certificate's key cannot be read".to_owned()),
        Some(_) if signature_algorithm == RSA_PSS => {
            Check::Unsupported("an RSA-PSS signature in PKCS #7 is not checked".to_owned())
        }
        Some(key) => {
            let method = SignatureMethod { hash, pss: false };
            match attributes {
                None => key.check(method, message, signature),
                Some(attributes) if message_digest(attributes)? == hash.digest(message) => {
                    // What is signed is the set as such, not as the tagged field it is carried in.
                    let mut set = attributes.to_vec();
                    *set.first_mut()? = SET;
                    key.check(method, &set, signature)
                }
                Some(_) => Check::Wrong,
            }
        }
    };
    Some((signer.certificate, hash.name(), verdict))
}

/// The first element of bytes that may go on behind it.
fn trim(bytes: &[u8]) -> Option<&[u8]> {
    SliceReader::new(bytes).ok()?.tlv_bytes().ok()
}

fn algorithm(identifier: &[u8]) -> Option<ObjectIdentifier> {
    ObjectIdentifier::from_der(elements(content(identifier)?)?.first()?).ok()
}

fn hash(digest: ObjectIdentifier) -> Option<Hash> {
    match digest {
        SHA1 => Some(Hash::Sha1),
        SHA256 => Some(Hash::Sha256),
        SHA384 => Some(Hash::Sha384),
        SHA512 => Some(Hash::Sha512),
        _ => None,
    }
}

fn message_digest(attributes: &[u8]) -> Option<&[u8]> {
    let values = elements(content(attributes)?)?
        .into_iter()
        .find_map(|attribute| {
            let parts = elements(content(attribute)?)?;
            let id = ObjectIdentifier::from_der(parts.first()?).ok()?;
            (id == MESSAGE_DIGEST).then(|| parts.get(1).copied()).flatten()
        })?;
    let digest = *elements(content(values)?)?.first()?;
    OctetStringRef::from_der(digest)
        .ok()
        .map(|digest| digest.as_bytes())
}
