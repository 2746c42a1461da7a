//! The signature file of v1: a PKCS #7 SignedData over the bytes of the `.SF` file beside it.
//!
//! The rules are those of Android 7 and later: of several signers one that is right is enough, but one that is not put together
//! as it must be spoils the file.

use der::asn1::ObjectIdentifier;

use super::ber::{self, Element};
use super::certificate::{self, Fields, Identity};
use super::key::{Check, Checks, Family, Hash, Message, PublicKey, SignatureMethod};
use super::{Certificate, Verdict};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const CERTIFICATES: u8 = 0xa0;
const SIGNED_ATTRIBUTES: u8 = 0xa0;
/// More than any tool writes; each is compared with each signer.
const CERTIFICATES_MAX: usize = 64;
const SIGNERS_MAX: usize = 64;

/// Who signed, and the digest they signed with.
pub(super) type Signed = (Certificate, &'static str);

/// Checks a signature file; `name` is its own. Gives the first signer whose signature is right, else the first that is known.
pub(super) fn check(
    name: &str,
    signature_file: &[u8],
    message: &[u8],
    checks: &Checks,
    verdict: &mut Verdict,
) -> Option<Signed> {
    if signature_file.len() > ber::BYTES_MAX {
        verdict.unknown(format!("{name} is longer than what is taken apart"));
        return None;
    }
    let Some(data) = SignedData::read(signature_file) else {
        verdict.wrong(format!("{name} is malformed"));
        return None;
    };
    if data.certificates.len() > CERTIFICATES_MAX || data.signers.len() > SIGNERS_MAX {
        verdict.unknown(format!(
            "{name} has more certificates or signers than are looked at"
        ));
        return None;
    }
    let mut message = Message::new(message);
    let (mut right, mut other) = (None, None);
    let mut open = None;
    for signer in &data.signers {
        let Outcome { signed, check } = data.check(*signer, &mut message, checks);
        match check {
            Ok(Check::Right) => {
                right = right.or(signed);
                continue;
            }
            Ok(Check::Wrong) => {}
            Ok(Check::Unsupported(why)) => open = open.or(Some(why)),
            Err(why) => verdict.wrong(format!("{name}: {why}")),
        }
        other = other.or(signed);
    }
    match open {
        Some(why) => verdict.unknown(why),
        None if right.is_none() => {
            verdict.wrong(format!(
                "the signature in {name} does not match the file it signs"
            ));
        }
        None => {}
    }
    right.or(other)
}

struct SignedData<'a> {
    content_type: ObjectIdentifier,
    certificates: Vec<(Option<Identity>, &'a [u8])>,
    signers: Vec<Element<'a>>,
}

/// What came of one signer; an error is why Android refuses the whole file.
struct Outcome {
    signed: Option<Signed>,
    check: Result<Check, &'static str>,
}

impl<'a> SignedData<'a> {
    fn read(signature_file: &'a [u8]) -> Option<Self> {
        let outer = Element::first(signature_file)?.children_of(ber::SEQUENCE)?;
        if outer.first()?.oid()? != SIGNED_DATA {
            return None;
        }
        let fields = outer.get(1)?.children()?.first()?.children_of(ber::SEQUENCE)?;
        let [_version, _digests, content, ..] = fields[..] else {
            return None;
        };
        let certificates = fields
            .iter()
            .find(|field| field.tag == CERTIFICATES)
            .map_or(Some(Vec::new()), |field| field.children())?;
        let signers = fields.last()?.children_of(ber::SET)?;
        let identified = |certificate: Element<'a>| {
            let identity = Fields::of(certificate.encoded).and_then(|fields| fields.identity());
            (identity, certificate.encoded)
        };
        Some(Self {
            content_type: content.children_of(ber::SEQUENCE)?.first()?.oid()?,
            certificates: certificates.into_iter().map(identified).collect(),
            signers,
        })
    }

    fn check(&self, signer: Element<'_>, message: &mut Message<'_>, checks: &Checks) -> Outcome {
        let refused = |why| Outcome {
            signed: None,
            check: Err(why),
        };
        let Some(info) = SignerInfo::read(signer) else {
            return refused("a signer is malformed");
        };
        let Some(encoded) = self.certificate(&info.identity) else {
            return refused("the certificate of a signer is missing");
        };
        let parsed = certificate::read(encoded);
        let hash = info.method.map(|(_, hash)| hash);
        let signed = Some((parsed.certificate, hash.map_or("", Hash::name)));
        let check = match (info.method, PublicKey::read(&parsed.key)) {
            (None, _) => Err("Android takes no such pair of digest and signature algorithm"),
            (_, None) => Ok(Check::Unsupported(
                "the certificate's key cannot be read".to_owned(),
            )),
            (Some((family, _)), Some(key)) if key.family.is_some_and(|of_key| of_key != family) => {
                Err("the certificate's key is of another kind than the signature")
            }
            (Some((family, hash)), Some(key)) => {
                match Fields::of(encoded).and_then(|fields| fields.objection()) {
                    Some(why) => Err(why),
                    None => {
                        let method = SignatureMethod {
                            family,
                            hash,
                            pss: false,
                        };
                        self.check_signature(&info, method, &key, message, checks)
                    }
                }
            }
        };
        Outcome { signed, check }
    }

    fn certificate(&self, identity: &Identity) -> Option<&'a [u8]> {
        self.certificates
            .iter()
            .find(|certificate| certificate.0.as_ref() == Some(identity))
            .map(|certificate| certificate.1)
    }

    fn check_signature(
        &self,
        info: &SignerInfo<'_>,
        method: SignatureMethod,
        key: &PublicKey,
        message: &mut Message<'_>,
        checks: &Checks,
    ) -> Result<Check, &'static str> {
        let signature = info.signature.octets().ok_or("a signature is malformed")?;
        let Some(attributes) = info.attributes else {
            return Ok(key.check(method, message, &signature, checks));
        };
        let attributes_of = attributes
            .children()
            .and_then(|list| list.into_iter().map(attribute).collect::<Option<Vec<_>>>())
            .ok_or("the signed attributes are malformed")?;
        let value = |kind: ObjectIdentifier| -> Result<Element<'_>, &'static str> {
            let mut values = attributes_of
                .iter()
                .filter(|attribute| attribute.0 == kind)
                .flat_map(|attribute| &attribute.1);
            match (values.next(), values.next()) {
                (Some(value), None) => Ok(*value),
                (None, _) => Err("the signed attributes lack the content's type or digest"),
                _ => Err("the signed attributes repeat the content's type or digest"),
            }
        };
        let content_type = value(CONTENT_TYPE)?;
        let expected = value(MESSAGE_DIGEST)?
            .octets()
            .ok_or("the signed attributes are malformed")?;
        if content_type.oid() != Some(self.content_type) || *expected != *message.digest(method.hash) {
            return Ok(Check::Wrong);
        }
        // What is signed is the set as such, not as the tagged field it is carried in; its encoding stays as it is.
        let set = [&[ber::SET], attributes.encoded.get(1..).unwrap_or_default()].concat();
        Ok(key.check(method, &mut Message::new(&set), &signature, checks))
    }
}

struct SignerInfo<'a> {
    identity: Identity,
    /// None for what Android does not take.
    method: Option<(Family, Hash)>,
    attributes: Option<Element<'a>>,
    signature: Element<'a>,
}

impl<'a> SignerInfo<'a> {
    fn read(signer: Element<'a>) -> Option<Self> {
        let mut fields = signer.children_of(ber::SEQUENCE)?.into_iter().skip(1).peekable();
        let [issuer, serial] = fields.next()?.children_of(ber::SEQUENCE)?[..] else {
            return None;
        };
        let digest = algorithm(fields.next()?)?;
        let attributes = fields.next_if(|field| field.tag == SIGNED_ATTRIBUTES);
        let signature_algorithm = algorithm(fields.next()?)?;
        Some(Self {
            identity: Identity::new(issuer, serial)?,
            method: method(&digest.to_string(), &signature_algorithm.to_string()),
            attributes,
            signature: fields.next()?,
        })
    }
}

fn algorithm(identifier: Element<'_>) -> Option<ObjectIdentifier> {
    identifier.children_of(ber::SEQUENCE)?.first()?.oid()
}

fn attribute(attribute: Element<'_>) -> Option<(ObjectIdentifier, Vec<Element<'_>>)> {
    let [kind, values] = attribute.children_of(ber::SEQUENCE)?[..] else {
        return None;
    };
    Some((kind.oid()?, values.children_of(ber::SET)?))
}

/// The kind of key and the digest, if Android 7 and later take the two algorithms together.
fn method(digest: &str, signature: &str) -> Option<(Family, Hash)> {
    let hash = match digest {
        "1.2.840.113549.2.5" => Hash::Md5,
        "1.3.14.3.2.26" => Hash::Sha1,
        "2.16.840.1.101.3.4.2.4" => Hash::Sha224,
        "2.16.840.1.101.3.4.2.1" => Hash::Sha256,
        "2.16.840.1.101.3.4.2.2" => Hash::Sha384,
        "2.16.840.1.101.3.4.2.3" => Hash::Sha512,
        _ => return None,
    };
    // The names of some algorithms fix the digest; those of others leave it open.
    let (family, fixed) = match signature {
        "1.2.840.113549.1.1.1" => (Family::Rsa, None),
        "1.2.840.113549.1.1.4" => (Family::Rsa, Some(Hash::Md5)),
        "1.2.840.113549.1.1.5" => (Family::Rsa, Some(Hash::Sha1)),
        "1.2.840.113549.1.1.14" => (Family::Rsa, Some(Hash::Sha224)),
        "1.2.840.113549.1.1.11" => (Family::Rsa, Some(Hash::Sha256)),
        "1.2.840.113549.1.1.12" => (Family::Rsa, Some(Hash::Sha384)),
        "1.2.840.113549.1.1.13" => (Family::Rsa, Some(Hash::Sha512)),
        "1.2.840.10040.4.1" => (Family::Dsa, None),
        "1.2.840.10040.4.3" => (Family::Dsa, Some(Hash::Sha1)),
        "2.16.840.1.101.3.4.3.1" => (Family::Dsa, Some(Hash::Sha224)),
        "2.16.840.1.101.3.4.3.2" => (Family::Dsa, Some(Hash::Sha256)),
        "1.2.840.10045.2.1" => (Family::Ec, None),
        "1.2.840.10045.4.1" => (Family::Ec, Some(Hash::Sha1)),
        "1.2.840.10045.4.3.1" => (Family::Ec, Some(Hash::Sha224)),
        "1.2.840.10045.4.3.2" => (Family::Ec, Some(Hash::Sha256)),
        "1.2.840.10045.4.3.3" => (Family::Ec, Some(Hash::Sha384)),
        "1.2.840.10045.4.3.4" => (Family::Ec, Some(Hash::Sha512)),
        _ => return None,
    };
    let taken = match family {
        Family::Rsa => true,
        Family::Dsa => matches!(hash, Hash::Sha1 | Hash::Sha224 | Hash::Sha256),
        Family::Ec => hash != Hash::Md5,
    };
    (taken && fixed.is_none_or(|fixed| fixed == hash)).then_some((family, hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA384: &str = "2.16.840.1.101.3.4.2.2";
    const SHA512: &str = "2.16.840.1.101.3.4.2.3";
    const MD5: &str = "1.2.840.113549.2.5";

    #[test]
    fn algorithms_go_together_as_android_has_it() {
        let rsa = "1.2.840.113549.1.1.1";
        assert_eq!(method(MD5, rsa), Some((Family::Rsa, Hash::Md5)));
        assert_eq!(
            method(SHA512, "1.2.840.113549.1.1.13"),
            Some((Family::Rsa, Hash::Sha512))
        );
        assert_eq!(
            method(SHA384, "1.2.840.113549.1.1.13"),
            None,
            "another digest than the name says"
        );
        assert_eq!(
            method(SHA384, "1.2.840.10040.4.1"),
            None,
            "no DSA over so long a digest"
        );
        assert_eq!(method(SHA384, "2.16.840.1.101.3.4.3.3"), None);
        assert_eq!(
            method(SHA384, "1.2.840.10045.2.1"),
            Some((Family::Ec, Hash::Sha384))
        );
        assert_eq!(method(MD5, "1.2.840.10045.2.1"), None, "no ECDSA over MD5");
        assert_eq!(
            method(SHA512, "1.2.840.113549.1.1.10"),
            None,
            "no RSA-PSS in these files"
        );
    }
}
