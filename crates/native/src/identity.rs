//! What the package is: formats, digests, signers.

use apk::package::{Container, Format};
use apk::sign::{self, Certificate, Effort, Scheme, Signing};
use apk::FaultLog;
use serde::Serialize;

use crate::answer::{json, rows, Row};
use crate::door::Failure;
use crate::package::Opened;
use crate::sources;

#[derive(Debug, Serialize)]
struct Answer<'a> {
    format: &'static str,
    sha256: String,
    size: u64,
    containers: Vec<ContainerRow<'a>>,
    dex: Vec<DexRow<'a>>,
    signing: SigningRow,
    anomalies: Vec<Row>,
    faults: Vec<Row>,
    complete: bool,
}

#[derive(Debug, Serialize)]
struct ContainerRow<'a> {
    path: &'a str,
    sha256: String,
    size: usize,
    split: Option<String>,
    entries: usize,
    /// Bytes of all entries, as declared.
    inflated: u64,
}

#[derive(Debug, Serialize)]
struct DexRow<'a> {
    path: &'a str,
    container: &'a str,
    version: String,
    size: usize,
    sha256: String,
    checksum_ok: bool,
    signature_ok: bool,
}

#[derive(Debug, Serialize)]
struct SigningRow {
    schemes: Vec<SchemeRow>,
    effective: Option<&'static str>,
    verified: Option<bool>,
}

#[derive(Debug, Serialize)]
struct SchemeRow {
    scheme: &'static str,
    verified: Option<bool>,
    reason: Option<String>,
    signers: Vec<SignerRow>,
    lineage: Vec<String>,
}

#[derive(Debug, Serialize)]
struct SignerRow {
    sha256: String,
    sha1: String,
    subject: String,
    issuer: String,
    serial: String,
    not_before: String,
    not_after: String,
    algorithm: String,
    digests: Vec<&'static str>,
}

/// Answers `identity()`.
pub fn identity(opened: &Opened) -> Result<Vec<u8>, Failure> {
    let package = &opened.package;
    let budget = opened.budget();
    let (mut anomalies, mut faults) = (FaultLog::default(), FaultLog::default());
    for fault in package.anomalies() {
        anomalies.push(fault.place, fault.code, fault.what);
    }
    for name in package.left_out() {
        let what = "not opened: the same code once more for other devices, or an expansion file";
        anomalies.push(format!("entry:{name}"), "member_left_out", what);
    }
    for fault in package.faults() {
        faults.push(fault.place, fault.code, fault.what);
    }
    let mut signings = Vec::new();
    for (index, container) in package.containers().iter().enumerate() {
        let mut signing = sign::verify(&container.archive, Effort::Effective, &budget);
        let prefix = if index == 0 {
            String::new()
        } else {
            format!("{}!", container.path)
        };
        for fault in signing.anomalies.drain(..) {
            anomalies.push(format!("{prefix}{}", fault.place), fault.code, fault.what);
        }
        for fault in signing.faults.drain(..) {
            faults.push(format!("{prefix}{}", fault.place), fault.code, fault.what);
        }
        signings.push(signing);
    }
    let mut signings = signings.into_iter();
    let base = signings.next().unwrap_or_default();
    for (signing, container) in signings.zip(package.containers().iter().skip(1)) {
        if certificates(&signing) != certificates(&base) {
            anomalies.push(
                format!("entry:{}", container.path),
                "split_signer_differs",
                "signed by another key than the base",
            );
        }
    }
    let containers: Vec<_> = package
        .containers()
        .iter()
        .zip(opened.splits())
        .map(container_row)
        .collect();
    let alone = matches!(package.format(), Format::Apk | Format::Aab);
    let sha256 = containers
        .first()
        .filter(|_| alone)
        .map_or_else(|| package.sha256(), |base| base.sha256.clone());
    let faults = rows(faults.finish());
    json(&Answer {
        format: package.format().name(),
        sha256,
        size: package.size(),
        containers,
        dex: opened
            .sources()
            .dex
            .iter()
            .filter(|dex| dex.group == 0)
            .map(|dex| dex_row(opened, dex))
            .collect(),
        signing: signing_row(base),
        anomalies: rows(anomalies.finish()),
        complete: faults.is_empty(),
        faults,
    })
}

fn container_row<'a>((container, split): (&'a Container, Option<String>)) -> ContainerRow<'a> {
    let entries = container.archive.entries();
    ContainerRow {
        path: &container.path,
        sha256: container.sha256(),
        size: container.archive.bytes().len(),
        split,
        entries: entries.len(),
        inflated: entries
            .iter()
            .fold(0, |sum: u64, entry| sum.saturating_add(entry.size)),
    }
}

fn dex_row<'a>(opened: &'a Opened, dex: &'a sources::Dex) -> DexRow<'a> {
    let headers = dex::headers(&dex.bytes).unwrap_or_default();
    let checks: Vec<_> = headers.iter().map(|header| header.checks(&dex.bytes)).collect();
    let right = |which: fn(&(bool, bool)) -> bool| !checks.is_empty() && checks.iter().all(which);
    DexRow {
        path: &dex.path,
        container: &opened.package.containers()[dex.container].path,
        version: headers
            .first()
            .map_or_else(String::new, |header| header.version.clone()),
        size: dex.bytes.len(),
        sha256: dex.sha256().to_owned(),
        checksum_ok: right(|check| check.0),
        signature_ok: right(|check| check.1),
    }
}

fn certificates(signing: &Signing) -> Vec<&str> {
    let last = signing.schemes.last().into_iter();
    let mut found: Vec<_> = last
        .flat_map(|scheme| &scheme.signers)
        .map(|signer| signer.certificate.sha256.as_str())
        .collect();
    found.sort_unstable();
    found
}

fn signing_row(signing: Signing) -> SigningRow {
    let lineage: Vec<String> = signing
        .lineage
        .into_iter()
        .map(|certificate| certificate.sha256)
        .collect();
    let effective = signing.effective;
    let scheme = |scheme: Scheme| SchemeRow {
        lineage: if Some(scheme.version) == effective {
            lineage.clone()
        } else {
            Vec::new()
        },
        scheme: scheme.version.name(),
        verified: scheme.verified,
        reason: scheme.reason,
        signers: scheme
            .signers
            .into_iter()
            .map(|signer| signer_row(signer.certificate, signer.digests))
            .collect(),
    };
    SigningRow {
        schemes: signing.schemes.into_iter().map(scheme).collect(),
        effective: effective.map(sign::SchemeVersion::name),
        verified: signing.verified,
    }
}

fn signer_row(certificate: Certificate, digests: Vec<&'static str>) -> SignerRow {
    SignerRow {
        sha256: certificate.sha256,
        sha1: certificate.sha1,
        subject: certificate.subject,
        issuer: certificate.issuer,
        serial: certificate.serial,
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        algorithm: certificate.algorithm,
        digests,
    }
}
