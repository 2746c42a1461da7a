//! What is read of an X.509 certificate, field by field: one odd extension must not hide who signed.

use der::asn1::ObjectIdentifier;
use der::Decode;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use x509_cert::name::Name;

use super::ber::{self, Element};
use super::key::PublicKey;
use super::Certificate;

const PRINTABLE_STRING: u8 = 0x13;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const BOOLEAN: u8 = 0x01;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
/// The bits for signatures and for what cannot be disowned, which begin the string.
const MAY_SIGN: u8 = 0xc0;
/// Critical extensions that Android's and Java's readers know: of the arc 2.5.29, and Netscape's kind of certificate.
const KNOWN_ARC: [u8; 2] = [0x55, 0x1d];
const KNOWN_CRITICAL: [u8; 15] = [14, 15, 16, 17, 18, 19, 30, 31, 32, 33, 35, 36, 37, 46, 54];
const NETSCAPE_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.113730.1.1");

/// Who a certificate is from, and which of theirs it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// One sorted list of types and values for each part of the issuer's name.
    issuer: Vec<Vec<(Vec<u8>, Vec<u8>)>>,
    serial: Vec<u8>,
}

impl Identity {
    /// Names are the same when they differ only in case, spaces, and in whether a text is a PrintableString or a UTF8String.
    pub(super) fn new(issuer: Element<'_>, serial: Element<'_>) -> Option<Self> {
        let mut parts = Vec::new();
        for part in issuer.children_of(ber::SEQUENCE)? {
            let mut values = part
                .children_of(ber::SET)?
                .into_iter()
                .map(comparable)
                .collect::<Option<Vec<_>>>()?;
            values.sort();
            parts.push(values);
        }
        let mut digits = serial.content_of(ber::INTEGER)?;
        while let [first, second, ..] = digits {
            if !matches!((first, second >> 7), (0, 0) | (0xff, 1)) {
                break;
            }
            digits = &digits[1..];
        }
        Some(Self {
            issuer: parts,
            serial: digits.to_vec(),
        })
    }
}

fn comparable(type_and_value: Element<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
    let [kind, value] = type_and_value.children_of(ber::SEQUENCE)?[..] else {
        return None;
    };
    let text = match value.tag {
        PRINTABLE_STRING | UTF8_STRING => std::str::from_utf8(value.content).ok(),
        _ => None,
    };
    let value = match text {
        Some(text) => {
            let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
            [&[UTF8_STRING], words.join(" ").as_bytes()].concat()
        }
        None => value.to_der()?,
    };
    Some((kind.content_of(ber::OBJECT_IDENTIFIER)?.to_vec(), value))
}

/// A certificate, and what of it signatures refer to.
pub(super) struct Parsed {
    pub(super) certificate: Certificate,
    /// The SubjectPublicKeyInfo as DER; empty when it cannot be read.
    pub(super) key: Vec<u8>,
}

/// A certificate from its bytes; a part that cannot be read is empty.
pub(super) fn read(encoded: &[u8]) -> Parsed {
    let fields = Fields::of(encoded);
    let name = |name: Element<'_>| {
        name.to_der()
            .and_then(|der| Name::from_der(&der).ok())
            .map(|name| name.to_string())
            .unwrap_or_default()
    };
    let times = fields
        .as_ref()
        .and_then(|fields| fields.validity.children())
        .unwrap_or_default();
    let date = |at: usize| times.get(at).and_then(|&time| date(time)).unwrap_or_default();
    let key = fields.as_ref().and_then(|fields| fields.key.to_der());
    let certificate = Certificate {
        sha256: hex(&Sha256::digest(encoded)),
        sha1: hex(&Sha1::digest(encoded)),
        subject: fields
            .as_ref()
            .map_or_else(String::new, |fields| name(fields.subject)),
        issuer: fields
            .as_ref()
            .map_or_else(String::new, |fields| name(fields.issuer)),
        serial: fields
            .as_ref()
            .map_or_else(String::new, |fields| serial(fields.serial.content)),
        not_before: date(0),
        not_after: date(1),
        algorithm: key
            .as_deref()
            .and_then(PublicKey::read)
            .map_or_else(String::new, |key| key.label),
    };
    Parsed {
        certificate,
        key: key.unwrap_or_default(),
    }
}

/// The fields of the signed part, not yet taken apart.
pub(super) struct Fields<'a> {
    serial: Element<'a>,
    issuer: Element<'a>,
    validity: Element<'a>,
    subject: Element<'a>,
    key: Element<'a>,
    extensions: Option<Element<'a>>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(encoded: &'a [u8]) -> Option<Self> {
        let signed = *Element::first(encoded)?.children_of(ber::SEQUENCE)?.first()?;
        let mut fields = signed.children_of(ber::SEQUENCE)?.into_iter().peekable();
        fields.next_if(|field| field.tag == VERSION);
        let serial = fields.next()?;
        let _signature_algorithm = fields.next()?;
        Some(Self {
            serial,
            issuer: fields.next()?,
            validity: fields.next()?,
            subject: fields.next()?,
            key: fields.next()?,
            extensions: fields.find(|field| field.tag == EXTENSIONS),
        })
    }

    pub(super) fn identity(&self) -> Option<Identity> {
        Identity::new(self.issuer, self.serial)
    }

    /// Why Android does not take a signature of this certificate in a signature file of v1; none when it does.
    pub(super) fn objection(&self) -> Option<&'static str> {
        let extensions = self.extensions?;
        let list = extensions
            .children()
            .and_then(|inner| inner.first()?.children_of(ber::SEQUENCE));
        let Some(list) = list else {
            return Some("the certificate's extensions are malformed");
        };
        list.into_iter().find_map(|extension| {
            let Some(parts) = extension.children_of(ber::SEQUENCE) else {
                return Some("the certificate's extensions are malformed");
            };
            let kind = parts.first()?;
            let critical = parts
                .get(1)
                .and_then(|part| part.content_of(BOOLEAN))
                .is_some_and(|value| value != [0]);
            if kind.oid() == Some(KEY_USAGE) {
                let bits = parts
                    .last()
                    .and_then(|value| Element::first(value.content_of(ber::OCTET_STRING)?));
                let bits = bits.and_then(|bits| bits.content_of(ber::BIT_STRING));
                let may = bits
                    .and_then(|bits| bits.get(1))
                    .is_some_and(|bits| bits & MAY_SIGN != 0);
                return (!may).then_some("the certificate's key is not meant for signatures");
            }
            let known = kind.oid() == Some(NETSCAPE_TYPE)
                || matches!(kind.content.strip_prefix(&KNOWN_ARC), Some([last]) if KNOWN_CRITICAL.contains(last));
            (critical && !known).then_some("the certificate has a critical extension that Android does not know")
        })
    }
}

/// A time as `2020-01-01T00:00:00Z`; none when it is not in universal time.
fn date(time: Element<'_>) -> Option<String> {
    let text = std::str::from_utf8(time.content).ok()?.strip_suffix('Z')?;
    let text = match time.tag {
        // The two digits of the year stand for 1950 to 2049.
        UTC_TIME if text.get(..2)? >= "50" => format!("19{text}"),
        UTC_TIME => format!("20{text}"),
        GENERALIZED_TIME => text.split('.').next()?.to_owned(),
        _ => return None,
    };
    let seconds = match text.len() {
        12 => "00",
        14 => text.get(12..)?,
        _ => return None,
    };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to);
    Some(format!(
        "{}-{}-{}T{}:{}:{seconds}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?
    ))
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
