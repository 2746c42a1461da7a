//! Signers of the schemes v2, v3 and v3.1, which share all but a few fields.

use super::block::Fields;
use super::certificate;
use super::content::{Content, ContentDigest};
use super::key::{Check, Checks, Family, Hash, Message, PublicKey, SignatureMethod};
use super::{lineage, Certificate, Scheme, SchemeVersion, Signer, Verdict};

const STRIPPING_PROTECTION: u32 = 0xbeef_f00d;
const PROOF_OF_ROTATION: u32 = 0x3ba0_6f8c;
const ROTATION_MIN_SDK: u32 = 0x559f_8b02;
/// As many as Android's own reader accepts.
const SIGNERS_MAX: usize = 10;
const FIELDS_MAX: usize = 64;

/// One scheme, and what its attributes say of others.
pub(super) struct Read {
    pub(super) scheme: Scheme,
    pub(super) verdict: Verdict,
    pub(super) lineage: Vec<Certificate>,
    /// Schemes that the signer vouches were there too.
    pub(super) promises: Vec<SchemeVersion>,
}

/// The meaning of a signature algorithm's number.
pub(super) fn algorithm(number: u32) -> Option<(SignatureMethod, ContentDigest)> {
    let (family, hash, pss, digest) = match number {
        0x0101 => (Family::Rsa, Hash::Sha256, true, ContentDigest::Sha256),
        0x0102 => (Family::Rsa, Hash::Sha512, true, ContentDigest::Sha512),
        0x0103 => (Family::Rsa, Hash::Sha256, false, ContentDigest::Sha256),
        0x0104 => (Family::Rsa, Hash::Sha512, false, ContentDigest::Sha512),
        0x0201 => (Family::Ec, Hash::Sha256, false, ContentDigest::Sha256),
        0x0202 => (Family::Ec, Hash::Sha512, false, ContentDigest::Sha512),
        0x0301 => (Family::Dsa, Hash::Sha256, false, ContentDigest::Sha256),
        0x0421 => (Family::Rsa, Hash::Sha256, false, ContentDigest::Verity),
        0x0423 => (Family::Ec, Hash::Sha256, false, ContentDigest::Verity),
        0x0425 => (Family::Dsa, Hash::Sha256, false, ContentDigest::Verity),
        _ => return None,
    };
    Some((SignatureMethod { family, hash, pss }, digest))
}

pub(super) fn read(version: SchemeVersion, value: &[u8], content: &mut Content<'_>, checks: &Checks) -> Read {
    let mut read = Read {
        scheme: Scheme {
            version,
            verified: None,
            reason: None,
            signers: Vec::new(),
        },
        verdict: Verdict::default(),
        lineage: Vec::new(),
        promises: Vec::new(),
    };
    match Fields(value).field().map(|signers| list(signers, SIGNERS_MAX)) {
        Some(Some(signers)) if !signers.is_empty() => {
            for signer in signers {
                match Block::read(version, signer) {
                    Some(block) => block.check(content, checks, &mut read),
                    None => read.verdict.wrong("a signer's block is malformed"),
                }
            }
        }
        _ => read
            .verdict
            .wrong("the list of signers is empty, too long or malformed"),
    }
    read
}

/// One signer as it stands in the file.
struct Block<'a> {
    signed: &'a [u8],
    digests: Vec<(u32, &'a [u8])>,
    certificates: Vec<&'a [u8]>,
    attributes: Vec<(u32, &'a [u8])>,
    signatures: Vec<(u32, &'a [u8])>,
    key: &'a [u8],
    /// The range of Android versions, outside of the signed data and in it; v3 and later.
    sdks: Option<[(u32, u32); 2]>,
}

impl<'a> Block<'a> {
    fn read(version: SchemeVersion, signer: &'a [u8]) -> Option<Self> {
        let has_range = version >= SchemeVersion::V3;
        let mut outer = Fields(signer);
        let signed = outer.field()?;
        let outer_range = if has_range {
            Some((outer.number()?, outer.number()?))
        } else {
            None
        };
        let signatures = numbered(outer.field()?)?;
        let key = outer.field()?;
        let mut inner = Fields(signed);
        let digests = numbered(inner.field()?)?;
        let certificates = list(inner.field()?, FIELDS_MAX)?;
        let inner_range = if has_range {
            Some((inner.number()?, inner.number()?))
        } else {
            None
        };
        let attributes = numbered(inner.field()?)?;
        let sdks = outer_range.zip(inner_range).map(|(outer, inner)| [outer, inner]);
        Some(Self {
            signed,
            digests,
            certificates,
            attributes,
            signatures,
            key,
            sdks,
        })
    }

    fn check(&self, content: &mut Content<'_>, checks: &Checks, read: &mut Read) {
        let verdict = &mut read.verdict;
        let certificate = self.certificates.first().map(|der| certificate::read(der));
        self.check_signatures(checks, verdict);
        let numbers = |fields: &[(u32, &[u8])]| fields.iter().map(|field| field.0).collect::<Vec<_>>();
        if numbers(&self.digests) != numbers(&self.signatures) {
            verdict.wrong("signatures and digests are not of the same algorithms");
        }
        match &certificate {
            None => verdict.wrong("a signer has no certificate"),
            Some(certificate) if certificate.key.is_empty() => verdict.wrong("the certificate is malformed"),
            Some(certificate) if certificate.key != self.key => {
                verdict.wrong("the key is not the certificate's")
            }
            Some(_) => {}
        }
        if self
            .sdks
            .is_some_and(|[outer, inner]| outer != inner || outer.0 > outer.1)
        {
            verdict.wrong("the range of Android versions is not the one signed");
        }
        let mut digests = Vec::new();
        for (kind, expected) in self.content_digests() {
            digests.push(kind.name());
            if !verdict.is_wrong() && content.digest(kind) != expected {
                verdict.wrong(format!(
                    "the file was changed after signing: its {} digest differs",
                    kind.name()
                ));
            }
        }
        self.read_attributes(checks, read);
        let range = self.sdks.map(|ranges| ranges[0]);
        read.scheme.signers.extend(certificate.map(|parsed| Signer {
            certificate: parsed.certificate,
            digests,
            min_sdk: range.map(|range| range.0),
            max_sdk: range.map(|range| range.1),
        }));
    }

    fn check_signatures(&self, checks: &Checks, verdict: &mut Verdict) {
        let Some(key) = PublicKey::read(self.key) else {
            return verdict.wrong("the public key is malformed");
        };
        let mut message = Message::new(self.signed);
        let mut known = false;
        for &(number, field) in &self.signatures {
            let Some((method, _)) = algorithm(number) else {
                continue;
            };
            known = true;
            match Fields(field)
                .field()
                .map(|signature| key.check(method, &mut message, signature, checks))
            {
                Some(Check::Right) => {}
                Some(Check::Wrong) | None => verdict.wrong("the signature does not match what it signs"),
                Some(Check::Unsupported(why)) => verdict.unknown(why),
            }
        }
        if !known {
            verdict.wrong("a signer has no signature of an algorithm that Android knows");
        }
    }

    fn content_digests(&self) -> Vec<(ContentDigest, &'a [u8])> {
        let known = |&(number, field): &(u32, &'a [u8])| Some((algorithm(number)?.1, Fields(field).field()?));
        let mut digests: Vec<_> = self.digests.iter().filter_map(known).collect();
        digests.dedup();
        digests
    }

    fn read_attributes(&self, checks: &Checks, read: &mut Read) {
        let mut first_proof = true;
        for &(id, value) in &self.attributes {
            match id {
                STRIPPING_PROTECTION if Fields(value).number() == Some(3) => {
                    read.promises.push(SchemeVersion::V3)
                }
                ROTATION_MIN_SDK if read.scheme.version == SchemeVersion::V3 => {
                    read.promises.push(SchemeVersion::V31);
                }
                PROOF_OF_ROTATION if !std::mem::take(&mut first_proof) => {
                    read.verdict.wrong("a signer has several proofs of rotation");
                }
                PROOF_OF_ROTATION => match lineage::read(
                    value,
                    self.certificates.first().copied(),
                    checks,
                    &mut read.verdict,
                ) {
                    Ok(earlier) => read.lineage = earlier,
                    Err(why) => read.verdict.wrong(why),
                },
                _ => {}
            }
        }
    }
}

fn list(bytes: &[u8], max: usize) -> Option<Vec<&[u8]>> {
    let mut fields = Fields(bytes);
    let mut list = Vec::new();
    while !fields.is_empty() {
        list.push(fields.field()?);
        if list.len() > max {
            return None;
        }
    }
    Some(list)
}

/// Fields that begin with a number; the rest of each.
fn numbered(bytes: &[u8]) -> Option<Vec<(u32, &[u8])>> {
    list(bytes, FIELDS_MAX)?
        .into_iter()
        .map(|field| {
            let mut fields = Fields(field);
            Some((fields.number()?, fields.0))
        })
        .collect()
}
