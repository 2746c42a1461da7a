//! All DEX code of a package, inflated once: what Android loads by itself, and what lies in payloads.

use std::collections::HashMap;
use std::sync::OnceLock;

use apk::package::{Format, Package, Place};
use apk::payload::{self, Kind};
use apk::zip::Archive;
use apk::{Budget, Bytes, Error, Fault, FaultLog};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::answer::{json, rows, Row};
use crate::door::Failure;
use crate::limits::Limits;

/// One DEX file.
#[derive(Debug)]
pub struct Dex {
    /// Path inside the package, `!` before what is inside an archive.
    pub path: String,
    /// Index of the container.
    pub container: usize,
    pub bytes: Bytes,
    /// 0 for the app; one number for each payload.
    pub group: u32,
    sha256: OnceLock<String>,
}

impl Dex {
    fn new(path: String, bytes: Bytes, Level { container, group, .. }: Level) -> Self {
        Self {
            path,
            container,
            bytes,
            group,
            sha256: OnceLock::new(),
        }
    }

    /// SHA-256 of its bytes in hexadecimal, worked out at the first call.
    pub fn sha256(&self) -> &str {
        self.sha256.get_or_init(|| hex(&Sha256::digest(&self.bytes)))
    }
}

/// One payload, as `docs/boundary.md` writes it.
#[derive(Debug, Clone, Serialize)]
pub struct Payload {
    pub path: String,
    kind: &'static str,
    status: &'static str,
    entropy: Option<f64>,
    reason: Option<String>,
}

/// Everything that may be code.
#[derive(Debug)]
pub struct Sources {
    pub dex: Vec<Dex>,
    pub payloads: Vec<Payload>,
    pub faults: Vec<Row>,
}

impl Sources {
    /// Inflates the DEX files Android loads, then looks through the payloads as far as `limits` allow.
    pub fn read(package: &Package, limits: &Limits) -> Self {
        let budget = Budget::new(&limits.apk());
        let mut faults = FaultLog::default();
        let mut dex = Vec::new();
        for place in package.dex_entries() {
            let path = package.path(place);
            match package.read(place, &budget) {
                Ok(bytes) => dex.push(Dex::new(path, bytes, Level::of_app(place.container))),
                Err(error) => faults.push(format!("dex:{path}"), "dex_unread", error.message),
            }
        }
        if package.dex_entries().is_empty() {
            faults.push(
                "dex:",
                "no_code",
                "there is no classes.dex, so nothing can be said of the code",
            );
        }
        let mut walk = Walk {
            limits: limits.apk(),
            budget: Budget::new(&apk::Limits {
                total_bytes: saturated(limits.payload_bytes),
                ..limits.apk()
            }),
            left: limits.payloads,
            known: HashMap::new(),
            dex,
            payloads: Vec::new(),
            unseen: Vec::new(),
            group: 0,
        };
        let (candidates, unseen) = payload::find(package, &budget);
        for candidate in candidates {
            walk.candidate(package, &candidate);
        }
        for fault in unseen.into_iter().chain(walk.unseen) {
            faults.push(fault.place, fault.code, fault.what);
        }
        Self {
            dex: walk.dex,
            payloads: walk.payloads,
            faults: rows(faults.finish()),
        }
    }

    /// SHA-256 over `context` and everything here that an answer about the code can come from: each DEX by path, group and bytes in the
    /// order of loading, each payload as it is told of, each fault. Equal digests, equal answers.
    pub fn digest(&self, context: &[u8]) -> Result<String, Failure> {
        let dex = self.dex.iter();
        let code = json(&Code {
            dex: dex
                .map(|dex| (dex.path.as_str(), dex.group, dex.sha256()))
                .collect(),
            payloads: &self.payloads,
            faults: &self.faults,
        })?;
        // Each hashed by itself, so that no byte of one can pass for a byte of the other.
        let parts = [Sha256::digest(context), Sha256::digest(code)];
        Ok(hex(&Sha256::digest(parts.concat())))
    }

    /// Whether all code was inflated, that of every payload included.
    pub fn complete(&self) -> bool {
        self.faults.is_empty() && self.payloads.iter().all(|payload| payload.status == "read")
    }
}

/// What the digest of the code is made of.
#[derive(Serialize)]
struct Code<'a> {
    dex: Vec<(&'a str, u32, &'a str)>,
    payloads: &'a [Payload],
    faults: &'a [Row],
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn saturated(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// Where the walk stands: an archive inside the package.
#[derive(Clone, Copy)]
struct Level {
    container: usize,
    /// Archives from the file on disk down to this one, itself included.
    depth: usize,
    group: u32,
}

impl Level {
    /// Where the DEX files lie that Android loads by itself.
    fn of_app(container: usize) -> Self {
        Self {
            container,
            depth: 1,
            group: 0,
        }
    }
}

struct Walk {
    limits: apk::Limits,
    budget: Budget,
    left: usize,
    /// Where each DEX file was met, from the first payload on.
    known: HashMap<Bytes, String>,
    dex: Vec<Dex>,
    payloads: Vec<Payload>,
    unseen: Vec<Fault>,
    group: u32,
}

impl Walk {
    fn candidate(&mut self, package: &Package, candidate: &payload::Payload) {
        let container = candidate.container;
        let opened = &package.containers()[container];
        let path = match candidate.entry {
            Some(entry) => package.path(Place { container, entry }),
            None => format!("{}!", opened.path),
        };
        if matches!(candidate.kind, Kind::Encrypted | Kind::Unknown) {
            self.unopened(path, candidate.kind, candidate.entropy);
            return;
        }
        let Some(level) = self.enter(container, outer_depth(package.format())) else {
            self.note(
                path,
                name_of(candidate.kind),
                "over_budget",
                None,
                Some("more payloads than the limit".to_owned()),
            );
            return;
        };
        let bytes = match candidate.entry {
            Some(entry) => opened.archive.read(entry, &self.budget),
            None => Ok(before_archive(opened.archive.bytes())),
        };
        self.open(path, candidate.kind, bytes, level);
    }

    fn unopened(&mut self, path: String, kind: Kind, entropy: Option<f64>) {
        match kind {
            Kind::Encrypted => self.note(path, "unknown", "encrypted", entropy, None),
            _ => {
                let why = "named like code, yet of no known format".to_owned();
                self.note(path, "unknown", "unreadable", entropy, Some(why));
            }
        }
    }

    /// Adds a DEX, unless the very same one is there: a second copy would only say everything twice. Then answers where the
    /// first one is.
    fn add(&mut self, dex: Dex) -> Option<String> {
        if self.known.is_empty() {
            let loaded = self.dex.iter();
            self.known = loaded.map(|dex| (dex.bytes.clone(), dex.path.clone())).collect();
        }
        if let Some(first) = self.known.get(&dex.bytes) {
            return Some(format!("the same file as {first}"));
        }
        self.known.insert(dex.bytes.clone(), dex.path.clone());
        self.dex.push(dex);
        None
    }

    /// A place for one payload more, in a group of its own.
    fn enter(&mut self, container: usize, depth: usize) -> Option<Level> {
        self.left = self.left.checked_sub(1)?;
        self.group = self.group.saturating_add(1);
        Some(Level {
            container,
            depth,
            group: self.group,
        })
    }

    fn open(&mut self, path: String, kind: Kind, bytes: Result<Bytes, Error>, level: Level) {
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) => return self.lose(path, name_of(kind), &error),
        };
        if kind == Kind::Dex {
            let copy_of = self.add(Dex::new(path.clone(), bytes, level));
            self.note(path, "dex", "read", None, copy_of);
            return;
        }
        let depth = level.depth.saturating_add(1);
        if depth > self.limits.depth {
            let reason = format!("archives deeper than {} are not opened", self.limits.depth);
            self.note(path, "zip", "over_budget", None, Some(reason));
            return;
        }
        match Archive::open(bytes, &self.limits) {
            Ok(archive) => self.inside(path, &archive, Level { depth, ..level }),
            Err(error) => self.lose(path, "zip", &error),
        }
    }

    fn inside(&mut self, path: String, archive: &Archive, level: Level) {
        self.note(path.clone(), archive_kind(&path, archive), "read", None, None);
        let (candidates, unseen) = payload::find_in(archive, &self.budget);
        for fault in unseen {
            let name = fault.place.strip_prefix("entry:").unwrap_or_default();
            let place = format!("entry:{path}!{name}");
            self.unseen.push(Fault { place, ..fault });
        }
        for (entry, kind) in candidates {
            let inner = format!("{path}!{}", archive.entries()[entry].name);
            match kind {
                Kind::Dex => match archive.read(entry, &self.budget) {
                    Ok(bytes) => {
                        self.add(Dex::new(inner, bytes, level));
                    }
                    Err(error) => self.lose(inner, "dex", &error),
                },
                Kind::Zip => match self.enter(level.container, level.depth) {
                    Some(level) => self.open(inner, kind, archive.read(entry, &self.budget), level),
                    None => self.note(
                        inner,
                        "zip",
                        "over_budget",
                        None,
                        Some("more payloads than the limit".to_owned()),
                    ),
                },
                Kind::Encrypted | Kind::Unknown => self.unopened(inner, kind, None),
            }
        }
    }

    fn lose(&mut self, path: String, kind: &'static str, error: &Error) {
        let status = if error.code == apk::Code::Limit {
            "over_budget"
        } else {
            "unreadable"
        };
        self.note(path, kind, status, None, Some(error.message.clone()));
    }

    fn note(
        &mut self,
        path: String,
        kind: &'static str,
        status: &'static str,
        entropy: Option<f64>,
        reason: Option<String>,
    ) {
        self.payloads.push(Payload {
            path,
            kind,
            status,
            entropy,
            reason,
        });
    }
}

/// Archives around an entry of a container: the container, and the bundle around that.
fn outer_depth(format: Format) -> usize {
    match format {
        Format::Xapk | Format::Apks | Format::Apkm => 2,
        Format::Apk | Format::Splits | Format::Aab => 1,
    }
}

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Dex => "dex",
        Kind::Zip => "zip",
        Kind::Encrypted | Kind::Unknown => "unknown",
    }
}

/// A DEX that the rest of an archive follows, as long as its header says; all bytes when the header cannot tell.
fn before_archive(archive: &Bytes) -> Bytes {
    let headers = dex::headers(archive).unwrap_or_default();
    match headers.first() {
        Some(header) if !header.is_container() => {
            let end = saturated(u64::from(header.file_size)).min(archive.len());
            archive.slice(..end)
        }
        _ => archive.clone(),
    }
}

fn archive_kind(path: &str, archive: &Archive) -> &'static str {
    if archive.find("AndroidManifest.xml").is_some() {
        "apk"
    } else if archive.find("META-INF/MANIFEST.MF").is_some() || path.ends_with(".jar") {
        "jar"
    } else {
        "zip"
    }
}
