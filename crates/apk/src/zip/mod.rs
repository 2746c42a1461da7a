//! A ZIP archive as Android reads it.
//!
//! [`Archive::open`] reads only the directory and the local headers; an entry is inflated when it is asked for, and its output
//! is counted against a [`Budget`] as it comes out. Stored entries are returned without a copy.
//!
//! Where readers disagree, this one follows libziparchive, which serves the installer, the resource reader and the runtime:
//!
//! - the central directory decides name, method, sizes and checksum; a local header that contradicts it is an anomaly
//! - the encryption flag is ignored
//! - an entry whose method is neither 0 nor 8 is taken as stored, as the resource reader does (code is not loaded from it)
//! - a stored entry is as long as its *unpacked* size says
//! - of two entries with one name the first is found; Android since 4.4 refuses such an archive
//! - a checksum is compared, but decides nothing
//!
//! What Android refuses and can still be read is read, with an anomaly that says so; what cannot be read is a fault.
//!
//! ```
//! # fn main() -> Result<(), apk::Error> {
//! # let file = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
//! let limits = apk::Limits::default();
//! let archive = apk::zip::Archive::open(apk::Bytes::from(file), &limits)?;
//! let budget = apk::Budget::new(&limits);
//! if let Some(index) = archive.find("AndroidManifest.xml") {
//!     let manifest = archive.read(index, &budget)?;
//! #   drop(manifest);
//! }
//! # Ok(())
//! # }
//! ```

mod directory;
mod end;
mod inflate;

use std::sync::atomic::{AtomicU8, Ordering};

use bytes::Bytes;

use crate::error::{Code, Error, Fault, FaultLog};
use crate::limits::{Budget, Limits};

/// How an entry is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Method 0.
    Stored,
    /// Method 8.
    Deflated,
    /// Any other number; read as stored.
    Unknown(u16),
}

impl Method {
    fn from_number(number: u16) -> Self {
        match number {
            0 => Method::Stored,
            8 => Method::Deflated,
            other => Method::Unknown(other),
        }
    }

    /// `deflate`, or `stored` for everything else, as Android has it.
    pub fn name(self) -> &'static str {
        match self {
            Method::Deflated => "deflate",
            Method::Stored | Method::Unknown(_) => "stored",
        }
    }
}

/// One entry of the central directory.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name. Bytes that are no UTF-8 are replaced. Never a path on this machine: it may be absolute or climb.
    pub name: String,
    /// How it is packed.
    pub method: Method,
    /// Packed bytes, as declared.
    pub packed: u64,
    /// Unpacked bytes, as declared.
    pub size: u64,
    /// CRC-32, as declared.
    pub crc: u32,
    local: u64,
    data: Result<u64, Refusal>,
}

impl Entry {
    /// Whether its data was located; if not, a row of [`Archive::faults`] says why.
    pub fn is_readable(&self) -> bool {
        self.data.is_ok()
    }

    /// Bytes of the file that belong to the data.
    fn span(&self) -> u64 {
        match self.method {
            Method::Deflated => self.packed,
            Method::Stored | Method::Unknown(_) => self.size,
        }
    }
}

/// Why an entry that the directory lists is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Refusal {
    Damaged(&'static str),
    Overlap,
}

impl Refusal {
    fn fault(&self) -> &'static str {
        match self {
            Refusal::Damaged(_) => "entry_unreadable",
            Refusal::Overlap => "entry_overlaps",
        }
    }

    fn what(&self) -> &'static str {
        match self {
            Refusal::Damaged(what) => what,
            Refusal::Overlap => "it shares bytes of the file with another entry",
        }
    }

    fn code(&self) -> Code {
        match self {
            Refusal::Damaged(_) => Code::Unreadable,
            Refusal::Overlap => Code::Limit,
        }
    }
}

/// Offsets from the start of the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) directory: u64,
    pub(crate) directory_size: u64,
    pub(crate) end_record: u64,
}

const CRC_WRONG: u8 = 1;
const CRC_RIGHT: u8 = 2;

/// An opened archive over bytes that several archives may share. It never changes, but for remembering which checksums were
/// found right.
#[derive(Debug)]
pub struct Archive {
    bytes: Bytes,
    layout: Layout,
    entries: Vec<Entry>,
    by_name: Vec<u32>,
    checked: Vec<AtomicU8>,
    anomalies: Vec<Fault>,
    faults: Vec<Fault>,
}

impl Archive {
    /// Reads the directory of `bytes`.
    ///
    /// # Errors
    /// [`Code::NotAPackage`] when there is no end record and nothing that looks like an archive, [`Code::Unreadable`] when the
    /// directory cannot be found, [`Code::Limit`] when it has too many entries or bytes.
    pub fn open(bytes: Bytes, limits: &Limits) -> Result<Self, Error> {
        let mut notes = directory::Notes {
            anomalies: FaultLog::default(),
            faults: FaultLog::default(),
        };
        let end = end::find(&bytes, &mut notes.anomalies)?;
        note_prefix(&bytes, end.count, &mut notes.anomalies);
        let entries = directory::read(&bytes, &end, limits, &mut notes)?;
        let by_name = sorted_by_name(&entries, &mut notes.anomalies);
        Ok(Self {
            layout: end.layout,
            checked: entries.iter().map(|_| AtomicU8::new(0)).collect(),
            entries,
            by_name,
            anomalies: notes.anomalies.finish(),
            faults: notes.faults.finish(),
            bytes,
        })
    }

    /// The whole file.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// All entries in directory order; their places in this slice are the indexes the other methods take.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The index of the first entry with this name.
    pub fn find(&self, name: &str) -> Option<usize> {
        let at = self
            .by_name
            .partition_point(|&index| self.entries[index as usize].name.as_str() < name);
        let index = *self.by_name.get(at)? as usize;
        (self.entries[index].name == name).then_some(index)
    }

    /// The bytes of one entry.
    ///
    /// # Errors
    /// [`Code::NoEntry`] for an index out of range, [`Code::Unreadable`] when the entry is damaged, [`Code::Limit`] when it
    /// overlaps another entry or unpacks to more than `budget` allows.
    pub fn read(&self, index: usize, budget: &Budget) -> Result<Bytes, Error> {
        let entry = self.entry(index)?;
        let out = inflate::whole(entry, self.packed(entry)?, budget)?;
        budget.spend(out.len() as u64, &format!("entry:{}", entry.name))?;
        let verdict = if crc32fast::hash(&out) == entry.crc {
            CRC_RIGHT
        } else {
            CRC_WRONG
        };
        self.checked[index].store(verdict, Ordering::Relaxed);
        Ok(out)
    }

    /// The bytes of one entry as Android's check of JAR signatures reads them: it inflates whatever is not stored, where
    /// [`Archive::read`] goes with the resource reader.
    pub(crate) fn read_for_signature(&self, index: usize, budget: &Budget) -> Result<Bytes, Error> {
        let entry = self.entry(index)?;
        let start = directory::data_start(&self.bytes, entry.local);
        let (Method::Unknown(_), Some(start)) = (entry.method, start) else {
            return self.read(index, budget);
        };
        let deflated = Entry {
            method: Method::Deflated,
            data: Ok(start),
            ..entry.clone()
        };
        let out = inflate::whole(&deflated, self.packed(&deflated)?, budget)?;
        budget.spend(out.len() as u64, &format!("entry:{}", entry.name))?;
        Ok(out)
    }

    /// Up to `len` bytes from the start of one entry, without inflating the rest. The checksum is not looked at, and damage
    /// only shortens what comes back.
    ///
    /// # Errors
    /// As [`Archive::read`].
    pub fn head(&self, index: usize, len: usize, budget: &Budget) -> Result<Bytes, Error> {
        let entry = self.entry(index)?;
        let out = inflate::head(entry, self.packed(entry)?, len);
        budget.spend(out.len() as u64, &format!("entry:{}", entry.name))?;
        Ok(out)
    }

    /// Whether the checksum of an entry is right; none before the entry was read to its end.
    pub fn crc_ok(&self, index: usize) -> Option<bool> {
        match self.checked.get(index)?.load(Ordering::Relaxed) {
            CRC_WRONG => Some(false),
            CRC_RIGHT => Some(true),
            _ => None,
        }
    }

    /// What no ordinary tool writes, met while reading the directory.
    pub fn anomalies(&self) -> &[Fault] {
        &self.anomalies
    }

    /// Entries that cannot be read, and why.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }

    fn entry(&self, index: usize) -> Result<&Entry, Error> {
        self.entries
            .get(index)
            .ok_or_else(|| Error::new(Code::NoEntry, format!("no entry number {index}"), ""))
    }

    fn packed(&self, entry: &Entry) -> Result<Bytes, Error> {
        let refused =
            |refusal: &Refusal| Error::new(refusal.code(), refusal.what(), format!("entry:{}", entry.name));
        let start = *entry.data.as_ref().map_err(refused)?;
        let range = usize::try_from(start)
            .ok()
            .zip(usize::try_from(start.saturating_add(entry.span())).ok());
        range
            .filter(|&(start, stop)| start <= stop && stop <= self.bytes.len())
            .map(|(start, stop)| self.bytes.slice(start..stop))
            .ok_or_else(|| refused(&Refusal::Damaged("its data lies outside the file")))
    }
}

fn note_prefix(bytes: &[u8], count: u64, anomalies: &mut FaultLog) {
    if bytes.starts_with(b"dex\n") {
        anomalies.push(
            "",
            "dex_before_zip",
            "the file is a DEX and a ZIP at once: old Androids install one and run the other",
        );
    } else if count > 0 && !bytes.starts_with(end::LOCAL) {
        anomalies.push(
            "",
            "data_before",
            "the file does not begin with an entry, which Android refuses",
        );
    }
}

/// Indexes ordered by name, equal names in directory order.
fn sorted_by_name(entries: &[Entry], anomalies: &mut FaultLog) -> Vec<u32> {
    let name = |index: u32| entries[index as usize].name.as_str();
    let mut order: Vec<u32> = (0..).take(entries.len()).collect();
    order.sort_by(|&a, &b| name(a).cmp(name(b)));
    for pair in order.windows(2) {
        if name(pair[0]) == name(pair[1]) {
            let what = "a second entry of this name, which Android refuses; the first is read";
            anomalies.push(format!("entry:{}", name(pair[1])), "duplicate_name", what);
        }
    }
    order
}
