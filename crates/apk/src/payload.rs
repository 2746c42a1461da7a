//! Entries that may hold code the runtime does not load by itself: DEX files and archives in `assets/`, `res/raw/`, `lib/`,
//! `META-INF/` or anywhere else, data that looks encrypted under a name that promises code, and what is named code but is of
//! no known format.

use crate::error::{Fault, FaultLog};
use crate::limits::Budget;
use crate::package::{Package, Place};
use crate::zip::{Archive, Entry, Method};

const MAGIC: usize = 8;
const SAMPLE: usize = 64 << 10;
/// Less is too little to call random what is not even named code.
const SAMPLE_MIN: usize = 4 << 10;
/// Less is too little to call anything random.
const NAMED_MIN: usize = 512;

/// What a payload is by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A DEX file.
    Dex,
    /// A ZIP archive: a JAR, an APK, or a plain one. Open its bytes with [`Archive::open`].
    Zip,
    /// No known format, and as random as encrypted data is.
    Encrypted,
    /// Named a DEX, JAR or APK, yet of no known format.
    Unknown,
}

/// An entry worth opening.
#[derive(Debug, Clone, PartialEq)]
pub struct Payload {
    /// Where; none for a DEX that stands before the first entry of the archive `container`, whose bytes are then the
    /// archive's own.
    pub entry: Option<usize>,
    /// Index of the container.
    pub container: usize,
    /// What it is.
    pub kind: Kind,
    /// Bits per byte of the first 64 KiB; looked at only for [`Kind::Encrypted`] and [`Kind::Unknown`].
    pub entropy: Option<f64>,
}

/// The payload candidates of a package, in directory order, and the entries that could not be looked at. At most 64 KiB of an
/// entry is inflated; which candidates are opened, and how many, is the caller's decision.
pub fn find(package: &Package, budget: &Budget) -> (Vec<Payload>, Vec<Fault>) {
    let mut payloads = Vec::new();
    let mut faults = FaultLog::default();
    let mut loaded = package.dex_entries();
    loaded.sort_unstable();
    for (container, opened) in package.containers().iter().enumerate() {
        let archive = &opened.archive;
        if archive.bytes().starts_with(b"dex\n") {
            payloads.push(Payload {
                entry: None,
                container,
                kind: Kind::Dex,
                entropy: None,
            });
        }
        for entry in 0..archive.entries().len() {
            let place = Place { container, entry };
            // What the archive itself refuses is among its own faults.
            if loaded.binary_search(&place).is_ok() || !archive.entries()[entry].is_readable() {
                continue;
            }
            match look(archive, entry, budget) {
                Ok(Some((kind, entropy))) => payloads.push(Payload {
                    entry: Some(entry),
                    container,
                    kind,
                    entropy,
                }),
                Ok(None) => {}
                Err(error) => faults.push(
                    format!("entry:{}", package.path(place)),
                    "entry_unreadable",
                    error.message,
                ),
            }
        }
    }
    (payloads, faults.finish())
}

/// The payload candidates of one archive, such as a payload that was itself an archive, by entry index, and the entries that
/// could not be looked at, those that the archive refuses included. `classes.dex` and its numbered siblings are candidates.
pub fn find_in(archive: &Archive, budget: &Budget) -> (Vec<(usize, Kind)>, Vec<Fault>) {
    let mut found = Vec::new();
    let mut faults = FaultLog::default();
    for entry in 0..archive.entries().len() {
        match look(archive, entry, budget) {
            Ok(looked) => found.extend(looked.map(|(kind, _)| (entry, kind))),
            Err(error) => faults.push(error.place, "entry_unreadable", error.message),
        }
    }
    (found, faults.finish())
}

fn look(
    archive: &Archive,
    index: usize,
    budget: &Budget,
) -> Result<Option<(Kind, Option<f64>)>, crate::Error> {
    let entry = &archive.entries()[index];
    if entry.size < MAGIC as u64 && entry.packed < MAGIC as u64 || is_plain_resource(entry) {
        return Ok(None);
    }
    let magic = archive.head(index, MAGIC, budget)?;
    if magic.starts_with(b"dex\n") {
        return Ok(Some((Kind::Dex, None)));
    }
    if magic.starts_with(b"PK\x03\x04") {
        return Ok(Some((Kind::Zip, None)));
    }
    let Some(promise) = promise(&entry.name).filter(|_| !is_known_format(&magic)) else {
        return Ok(None);
    };
    let sample = archive.head(index, SAMPLE, budget)?;
    let entropy = entropy(&sample);
    let least = match promise {
        Promise::Code => NAMED_MIN,
        Promise::Anything => SAMPLE_MIN,
    };
    let kind = if sample.len() >= least && entropy >= random(sample.len()) {
        Some(Kind::Encrypted)
    } else {
        (promise == Promise::Code).then_some(Kind::Unknown)
    };
    Ok(kind.map(|kind| (kind, Some(entropy))))
}

/// Deflated XML resources: they are the bulk of most packages, and inflating each costs more than it tells.
fn is_plain_resource(entry: &Entry) -> bool {
    entry.method == Method::Deflated
        && entry.name.starts_with("res/")
        && !entry.name.starts_with("res/raw")
        && entry.name.ends_with(".xml")
}

/// What the name of an entry says it may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promise {
    Code,
    Anything,
}

fn promise(name: &str) -> Option<Promise> {
    let file = name.rsplit('/').next().unwrap_or("");
    let Some((_, ending)) = file.rsplit_once('.') else {
        return (!file.is_empty()).then_some(Promise::Anything);
    };
    match ending.to_ascii_lowercase().as_str() {
        "dex" | "jar" | "apk" => Some(Promise::Code),
        "zip" | "dat" | "data" | "bin" | "so" | "enc" => Some(Promise::Anything),
        _ => None,
    }
}

/// Formats that are dense without being encrypted.
fn is_known_format(magic: &[u8]) -> bool {
    const KNOWN: [&[u8]; 15] = [
        // An archive without entries.
        b"PK\x05\x06",
        b"\x7fELF",
        b"\x1f\x8b",
        b"\x28\xb5\x2f\xfd",
        b"\xfd7zXZ",
        b"7z\xbc\xaf",
        b"BZh",
        b"\x04\x22\x4d\x18",
        b"\x89PNG",
        b"\xff\xd8\xff",
        b"RIFF",
        b"OggS",
        b"ID3",
        b"wOF2",
        b"wOFF",
    ];
    KNOWN.iter().any(|known| magic.starts_with(known))
}

/// The entropy from which so many bytes are taken for compressed or encrypted; code and text are below. Random bytes have
/// about 8 − 184 / n bits each, because few of them cannot fill all 256 values evenly, and their spread is about 16 / n.
fn random(bytes: usize) -> f64 {
    const FEW: f64 = 184.0 + 5.0 * 16.0;
    const MANY: f64 = 7.9;
    (8.0 - FEW / bytes as f64).min(MANY)
}

/// Shannon entropy in bits per byte, 0 for nothing.
pub fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] = counts[usize::from(byte)].saturating_add(1);
    }
    let total = bytes.len() as f64;
    let share = |&count: &u32| f64::from(count) / total;
    -counts
        .iter()
        .filter(|&&count| count > 0)
        .map(share)
        .map(|share| share * share.log2())
        .sum::<f64>()
}
