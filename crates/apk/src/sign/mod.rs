//! Who signed an archive, and whether the signatures hold: schemes v1 (JAR), v2, v3 and v3.1.
//!
//! [`verify`] reads every byte of the file once for v2 and later; v1 has to inflate every entry, so [`Effort::Effective`] leaves
//! the entries of a v1 signature alone when a newer scheme is there, as Android does.
//!
//! A verdict is `Some(true)`, `Some(false)` (checked and wrong) or `None` (not checked); the last two come with a reason.

mod ber;
mod block;
mod certificate;
mod content;
mod jar;
mod jar_manifest;
mod key;
mod lineage;
mod pkcs7;
mod scheme;

use crate::error::{Fault, FaultLog};
use crate::limits::Budget;
use crate::zip::Archive;

/// A signature scheme, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SchemeVersion {
    /// JAR signing: digests of entries in `META-INF/`.
    V1,
    /// The signing block of Android 7.
    V2,
    /// With rotation of keys, Android 9.
    V3,
    /// Rotation that starts at a chosen Android version, Android 13.
    V31,
}

impl SchemeVersion {
    /// `v1`, `v2`, `v3` or `v3.1`.
    pub fn name(self) -> &'static str {
        match self {
            SchemeVersion::V1 => "v1",
            SchemeVersion::V2 => "v2",
            SchemeVersion::V3 => "v3",
            SchemeVersion::V31 => "v3.1",
        }
    }
}

/// What identifies a certificate. All digests and numbers are lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 of its bytes as they stand in the file.
    pub sha256: String,
    /// SHA-1, likewise.
    pub sha1: String,
    /// The subject as RFC 4514 writes it; empty when it cannot be read.
    pub subject: String,
    /// The issuer, likewise.
    pub issuer: String,
    /// The serial number.
    pub serial: String,
    /// Start of validity, `2020-01-01T00:00:00Z`; empty when it cannot be read.
    pub not_before: String,
    /// End of validity, likewise.
    pub not_after: String,
    /// The kind and size of its key: `rsa 2048`, `ec p256`, `dsa 1024`, or the key's object identifier.
    pub algorithm: String,
}

/// One signer of one scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The certificate of the key that signed.
    pub certificate: Certificate,
    /// The digests of the content it signed: `sha256`, `sha512`, `verity-sha256`; for v1 the one its signature is over, `md5` and
    /// `sha1` to `sha512`.
    pub digests: Vec<&'static str>,
    /// The first Android version (API level) the signer is for; v3 and later.
    pub min_sdk: Option<u32>,
    /// The last one.
    pub max_sdk: Option<u32>,
}

/// One scheme found in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    /// Which.
    pub version: SchemeVersion,
    /// The verdict over all its signers.
    pub verified: Option<bool>,
    /// Why it is not `Some(true)`: one English sentence without a full stop.
    pub reason: Option<String>,
    /// Its signers.
    pub signers: Vec<Signer>,
}

/// All that is known of an archive's signatures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signing {
    /// The schemes found, oldest first.
    pub schemes: Vec<Scheme>,
    /// The earlier certificates of a rotated key, oldest first, without the present one; v3 and later.
    pub lineage: Vec<Certificate>,
    /// The newest scheme found: the one that a current Android goes by.
    pub effective: Option<SchemeVersion>,
    /// The verdict of the effective scheme; none when the archive is not signed.
    pub verified: Option<bool>,
    /// Unknown or repeated blocks, odd padding and the like.
    pub anomalies: Vec<Fault>,
    /// Parts of signatures that could not be read.
    pub faults: Vec<Fault>,
}

/// How much of an old scheme is checked when a newer one decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// The entries of v1 only when v1 is the newest scheme.
    Effective,
    /// Everything.
    All,
}

/// Reads and checks the signatures of an archive. A damaged signature is a verdict or a fault, never an error.
pub fn verify(archive: &Archive, effort: Effort, budget: &Budget) -> Signing {
    let (mut anomalies, mut faults) = (FaultLog::default(), FaultLog::default());
    let mut found = Vec::new();
    let checks = key::Checks::new();
    let block = block::find(archive, &mut anomalies, &mut faults);
    let content = block
        .as_ref()
        .and_then(|block| content::Content::of(archive, block));
    if let (Some(block), Some(mut content)) = (block, content) {
        let ids = [
            (SchemeVersion::V2, block::V2),
            (SchemeVersion::V3, block::V3),
            (SchemeVersion::V31, block::V31),
        ];
        for (version, id) in ids {
            found.extend(
                block
                    .value(id)
                    .map(|value| scheme::read(version, value, &mut content, &checks)),
            );
        }
    }
    let newer: Vec<SchemeVersion> = found.iter().map(|read| read.scheme.version).collect();
    let mut signing = Signing::default();
    signing
        .schemes
        .extend(jar::read(archive, &newer, effort, budget, &checks));
    for mut read in found {
        let gone = read
            .promises
            .iter()
            .find(|&&promised| !newer.iter().any(|&version| version >= promised));
        if let Some(gone) = gone {
            read.verdict.wrong(format!(
                "its signer says that {} signed, too, but it is not there",
                gone.name()
            ));
        }
        if !read.lineage.is_empty() {
            signing.lineage = read.lineage;
        }
        (read.scheme.verified, read.scheme.reason) = read.verdict.finish();
        signing.schemes.push(read.scheme);
    }
    let effective = signing.schemes.last();
    signing.effective = effective.map(|scheme| scheme.version);
    signing.verified = effective.and_then(|scheme| scheme.verified);
    signing.anomalies = anomalies.finish();
    signing.faults = faults.finish();
    signing
}

/// Right until something says otherwise; wrong outweighs not known, and the first reason of the weightier kind stays.
#[derive(Default)]
struct Verdict {
    wrong: Option<String>,
    unknown: Option<String>,
}

impl Verdict {
    fn wrong(&mut self, reason: impl Into<String>) {
        self.wrong.get_or_insert_with(|| reason.into());
    }

    fn unknown(&mut self, reason: impl Into<String>) {
        self.unknown.get_or_insert_with(|| reason.into());
    }

    fn is_wrong(&self) -> bool {
        self.wrong.is_some()
    }

    fn finish(self) -> (Option<bool>, Option<String>) {
        match (self.wrong, self.unknown) {
            (Some(reason), _) => (Some(false), Some(reason)),
            (None, Some(reason)) => (None, Some(reason)),
            (None, None) => (Some(true), None),
        }
    }
}
