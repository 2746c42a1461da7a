//! What is read of an X.509 certificate, field by field: one odd extension must not hide who signed.

use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, Tagged};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use x509_cert::name::Name;
use x509_cert::time::Validity;

use super::key::PublicKey;
use super::Certificate;

/// Certificates and signature files take a few KiB; beyond this they are not taken apart.
const DER_MAX: usize = 1 << 20;

/// A certificate and the parts of its DER that signatures refer to.
pub(super) struct Parsed<'a> {
    pub(super) certificate: Certificate,
    /// The SubjectPublicKeyInfo.
    pub(super) key: &'a [u8],
    /// The issuer's name.
    pub(super) issuer: &'a [u8],
    /// The content of the serial number.
    pub(super) serial: &'a [u8],
}

/// A certificate from its DER; a part that cannot be read is empty.
pub(super) fn read(der: &[u8]) -> Parsed<'_> {
    let fields = fields(der).unwrap_or_default();
    let name = |der: &[u8]| {
        Name::from_der(der)
            .map(|name| name.to_string())
            .unwrap_or_default()
    };
    let validity = Validity::from_der(fields.validity).ok();
    let date = |time: Option<x509_cert::time::Time>| time.map(|time| time.to_string()).unwrap_or_default();
    let certificate = Certificate {
        sha256: hex(&Sha256::digest(der)),
        sha1: hex(&Sha1::digest(der)),
        subject: name(fields.subject),
        issuer: name(fields.issuer),
        serial: serial(fields.serial),
        not_before: date(validity.map(|validity| validity.not_before)),
        not_after: date(validity.map(|validity| validity.not_after)),
        algorithm: PublicKey::read(fields.key).map_or_else(String::new, |key| key.label),
    };
    Parsed {
        certificate,
        key: fields.key,
        issuer: fields.issuer,
        serial: fields.serial,
    }
}

#[derive(Default)]
struct TbsFields<'a> {
    serial: &'a [u8],
    issuer: &'a [u8],
    validity: &'a [u8],
    subject: &'a [u8],
    key: &'a [u8],
}

fn fields(der: &[u8]) -> Option<TbsFields<'_>> {
    let signed = *elements(content(der)?)?.first()?;
    let mut fields = elements(content(signed)?)?.into_iter().peekable();
    fields.next_if(|field| field.first() == Some(&0xa0));
    let serial = content(fields.next()?)?;
    let issuer = fields.nth(1)?;
    Some(TbsFields {
        serial,
        issuer,
        validity: fields.next()?,
        subject: fields.next()?,
        key: fields.next()?,
    })
}

/// The elements, header and all, that a constructed element contains.
pub(super) fn elements(content: &[u8]) -> Option<Vec<&[u8]>> {
    if content.len() > DER_MAX {
        return None;
    }
    let mut reader = SliceReader::new(content).ok()?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(reader.tlv_bytes().ok()?);
    }
    Some(elements)
}

/// The content of one element.
pub(super) fn content(element: &[u8]) -> Option<&[u8]> {
    AnyRef::from_der(element).ok().map(|any| any.value())
}

/// The content of one element, if it has this tag.
pub(super) fn content_of(element: &[u8], tag: Tag) -> Option<&[u8]> {
    AnyRef::from_der(element)
        .ok()
        .filter(|any| any.tag() == tag)
        .map(|any| any.value())
}

fn serial(bytes: &[u8]) -> String {
    let digits = hex(bytes);
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() && !bytes.is_empty() {
        "0".to_owned()
    } else {
        digits.to_owned()
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
