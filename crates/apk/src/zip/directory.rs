//! Reads the central directory and holds each local header against it.

use std::collections::BTreeMap;

use super::end::{End, CENTRAL, LOCAL};
use super::{Entry, Method, Refusal};
use crate::error::{Code, Error, FaultLog};
use crate::le::{u16_at, u32_at, u64_at};
use crate::limits::Limits;

const CENTRAL_LEN: usize = 46;
const LOCAL_LEN: u64 = 30;
const ENCRYPTED: u16 = 1;
const HAS_DESCRIPTOR: u16 = 1 << 3;
const DESCRIPTOR: u32 = 0x0807_4b50;
const ZIP64_FIELD: u16 = 1;
const SATURATED: u64 = u32::MAX as u64;

pub(super) struct Notes {
    pub(super) anomalies: FaultLog,
    pub(super) faults: FaultLog,
}

/// All entries in directory order. The count and the size of the directory are checked before anything is built.
pub(super) fn read(bytes: &[u8], end: &End, limits: &Limits, notes: &mut Notes) -> Result<Vec<Entry>, Error> {
    let size = usize::try_from(end.layout.directory_size).unwrap_or(usize::MAX);
    if size > limits.directory_bytes {
        let message = format!(
            "a central directory of {size} bytes exceeds {}",
            limits.directory_bytes
        );
        return Err(Error::new(Code::Limit, message, ""));
    }
    let count = usize::try_from(end.count).unwrap_or(usize::MAX);
    if count > limits.entries {
        return Err(Error::new(
            Code::Limit,
            format!("{count} entries exceed {}", limits.entries),
            "",
        ));
    }
    let start = usize::try_from(end.layout.directory).unwrap_or(usize::MAX);
    let directory = bytes.get(start..start.saturating_add(size)).ok_or_else(|| {
        Error::new(
            Code::Unreadable,
            "the central directory lies outside the file",
            "",
        )
    })?;
    let mut entries = Vec::with_capacity(count.min(size / CENTRAL_LEN));
    let mut at = 0;
    for number in 0..count {
        let Some((record, next)) = Record::read(directory, at) else {
            let what = format!("the directory ends at entry {number} of {count}, which Android refuses");
            notes.faults.push("", "directory_truncated", what);
            break;
        };
        at = next;
        if record.name.len() > limits.name_bytes {
            let what = format!(
                "the name of entry {number} is longer than {} bytes",
                limits.name_bytes
            );
            notes.faults.push("", "name_too_long", what);
            continue;
        }
        entries.push(entry(bytes, &record, end, notes));
    }
    if at < size && directory[at..].starts_with(CENTRAL) {
        let what = format!("the directory holds more entries than the {count} its end record counts; Android sees only these");
        notes.anomalies.push("", "entries_uncounted", what);
    }
    refuse_overlaps(&mut entries, notes);
    Ok(entries)
}

struct Record<'a> {
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
    local: u64,
    name: &'a [u8],
    extra: &'a [u8],
}

impl<'a> Record<'a> {
    fn read(directory: &'a [u8], at: usize) -> Option<(Self, usize)> {
        let head = directory.get(at..at.checked_add(CENTRAL_LEN)?)?;
        if !head.starts_with(CENTRAL) {
            return None;
        }
        let name_at = at.checked_add(CENTRAL_LEN)?;
        let extra_at = name_at.checked_add(usize::from(u16_at(head, 28)?))?;
        let comment_at = extra_at.checked_add(usize::from(u16_at(head, 30)?))?;
        let next = comment_at.checked_add(usize::from(u16_at(head, 32)?))?;
        let record = Self {
            flags: u16_at(head, 8)?,
            method: u16_at(head, 10)?,
            crc: u32_at(head, 16)?,
            packed: u64::from(u32_at(head, 20)?),
            size: u64::from(u32_at(head, 24)?),
            local: u64::from(u32_at(head, 42)?),
            name: directory.get(name_at..extra_at)?,
            extra: directory.get(extra_at..comment_at)?,
        };
        (next <= directory.len()).then_some((record, next))
    }
}

fn entry(bytes: &[u8], record: &Record<'_>, end: &End, notes: &mut Notes) -> Entry {
    let name = String::from_utf8_lossy(record.name).into_owned();
    let place = format!("entry:{name}");
    check_name(&name, record.name, &place, notes);
    let mut entry = Entry {
        name,
        method: Method::from_number(record.method),
        packed: record.packed,
        size: record.size,
        crc: record.crc,
        local: record.local,
        data: Err(Refusal::Damaged("not located")),
    };
    if let Method::Unknown(number) = entry.method {
        let what = format!("compression method {number}, which Android's resource reader takes as stored");
        notes.anomalies.push(&place, "unknown_method", what);
    }
    if entry.method == Method::Stored && entry.size != entry.packed {
        let what = format!(
            "stored, yet declared with {} bytes packed and {} unpacked",
            entry.packed, entry.size
        );
        notes.anomalies.push(&place, "stored_size_mismatch", what);
    }
    entry.data = zip64_sizes(record, &mut entry)
        .and_then(|()| {
            entry.local = entry
                .local
                .checked_add(end.shift)
                .ok_or(Refusal::Damaged("its offset overflows"))?;
            locate(bytes, record, &entry, end, notes)
        })
        .inspect_err(|refusal| notes.faults.push(&place, refusal.fault(), refusal.what()));
    entry
}

fn check_name(name: &str, raw: &[u8], place: &str, notes: &mut Notes) {
    if raw.is_empty() || raw.contains(&0) || std::str::from_utf8(raw).is_err() {
        notes.anomalies.push(
            place,
            "bad_name",
            "an empty name, a NUL or no UTF-8 in it, which Android refuses",
        );
    }
    let climbs = name.split(['/', '\\']).any(|part| part == "..");
    if climbs || name.starts_with(['/', '\\']) {
        notes.anomalies.push(
            place,
            "path_escape",
            "a name that would leave the folder it is unpacked to",
        );
    }
}

/// Replaces saturated 32-bit fields by those of the ZIP64 extra field.
fn zip64_sizes(record: &Record<'_>, entry: &mut Entry) -> Result<(), Refusal> {
    let wanted = [record.size, record.packed, record.local].map(|value| value == SATURATED);
    if !wanted.contains(&true) {
        return Ok(());
    }
    let missing = Refusal::Damaged("its ZIP64 sizes are missing");
    let field = extra_field(record.extra, ZIP64_FIELD).ok_or(missing.clone())?;
    let whole = matches!(field.len(), 24 | 28);
    let mut at = 0;
    for (target, wanted) in [&mut entry.size, &mut entry.packed, &mut entry.local]
        .into_iter()
        .zip(wanted)
    {
        if wanted || whole {
            *target = u64_at(field, at).ok_or(missing.clone())?;
            at = at.saturating_add(8);
        }
    }
    Ok(())
}

fn extra_field(extra: &[u8], id: u16) -> Option<&[u8]> {
    let mut at = 0usize;
    loop {
        let found = u16_at(extra, at)?;
        let start = at.checked_add(4)?;
        let stop = start.checked_add(usize::from(u16_at(extra, at.checked_add(2)?)?))?;
        let field = extra.get(start..stop)?;
        if found == id {
            return Some(field);
        }
        at = stop;
    }
}

/// The offset of the entry's data. The directory decides every value; only the length of the local header is the local
/// header's own.
fn locate(
    bytes: &[u8],
    record: &Record<'_>,
    entry: &Entry,
    end: &End,
    notes: &mut Notes,
) -> Result<u64, Refusal> {
    let outside = Refusal::Damaged("its data lies outside the part of the file before the central directory");
    let header = usize::try_from(entry.local)
        .ok()
        .filter(|_| entry.local < end.layout.directory)
        .and_then(|at| bytes.get(at..at.checked_add(LOCAL_LEN as usize)?))
        .ok_or(outside.clone())?;
    if !header.starts_with(LOCAL) {
        return Err(Refusal::Damaged(
            "no local header stands where the directory points",
        ));
    }
    let half = |at: usize| u16_at(header, at).unwrap_or(0);
    let word = |at: usize| u64::from(u32_at(header, at).unwrap_or(0));
    let name_at = entry.local.saturating_add(LOCAL_LEN);
    let extra_at = name_at.saturating_add(u64::from(half(26)));
    let data = extra_at.saturating_add(u64::from(half(28)));
    let data_end = data
        .checked_add(entry.span())
        .filter(|&stop| stop <= end.layout.directory)
        .ok_or(outside)?;

    let place = format!("entry:{}", entry.name);
    let local_name = slice(bytes, name_at, extra_at);
    let flags = half(6);
    let mut differs = Vec::new();
    if local_name != record.name {
        differs.push("name");
    }
    if half(8) != record.method {
        differs.push("method");
    }
    if flags & HAS_DESCRIPTOR == 0 {
        let (mut packed, mut size) = (word(18), word(22));
        if packed == SATURATED || size == SATURATED {
            let field = extra_field(slice(bytes, extra_at, data), ZIP64_FIELD).unwrap_or(&[]);
            size = u64_at(field, 0).unwrap_or(size);
            packed = u64_at(field, 8).unwrap_or(packed);
        }
        if packed != entry.packed || size != entry.size {
            differs.push("size");
        }
        if word(14) != u64::from(entry.crc) {
            differs.push("checksum");
        }
    } else if !descriptor_agrees(bytes, data_end, entry) {
        notes.anomalies.push(
            &place,
            "descriptor_mismatch",
            "the data descriptor contradicts the directory",
        );
    }
    if !differs.is_empty() {
        let what = format!(
            "the local header contradicts the directory: {}",
            differs.join(", ")
        );
        notes.anomalies.push(&place, "local_header_mismatch", what);
    }
    if (flags | record.flags) & ENCRYPTED != 0 {
        notes.anomalies.push(
            &place,
            "false_encryption",
            "marked as encrypted, which Android ignores",
        );
    }
    Ok(data)
}

/// Where the data behind the local header at this offset begins, whatever the directory says of its length.
pub(super) fn data_start(bytes: &[u8], local: u64) -> Option<u64> {
    let header = bytes.get(usize::try_from(local).ok()?..)?;
    let name_and_extra = u64::from(u16_at(header, 26)?).checked_add(u64::from(u16_at(header, 28)?))?;
    local.checked_add(LOCAL_LEN)?.checked_add(name_and_extra)
}

fn descriptor_agrees(bytes: &[u8], at: u64, entry: &Entry) -> bool {
    let found = || {
        let mut at = usize::try_from(at).ok()?;
        if u32_at(bytes, at)? == DESCRIPTOR {
            at = at.checked_add(4)?;
        }
        let crc = u32_at(bytes, at)?;
        let sizes = at.checked_add(4)?;
        let long = entry.packed >= SATURATED || entry.size >= SATURATED;
        let (packed, size) = if long {
            (u64_at(bytes, sizes)?, u64_at(bytes, sizes.checked_add(8)?)?)
        } else {
            (
                u64::from(u32_at(bytes, sizes)?),
                u64::from(u32_at(bytes, sizes.checked_add(4)?)?),
            )
        };
        Some((crc, packed, size))
    };
    found() == Some((entry.crc, entry.packed, entry.size))
}

fn slice(bytes: &[u8], from: u64, to: u64) -> &[u8] {
    let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    range.and_then(|(from, to)| bytes.get(from..to)).unwrap_or(&[])
}

/// Entries that share bytes turn a small file into endless output. What Android needs to start the app is served first, then
/// directory order decides; whatever overlaps an entry already served is refused.
fn refuse_overlaps(entries: &mut [Entry], notes: &mut Notes) {
    let range = |entry: &Entry| {
        entry
            .data
            .as_ref()
            .ok()
            .map(|data| (entry.local, data.saturating_add(entry.span())))
    };
    let mut ranges: Vec<(u64, u64)> = entries.iter().filter_map(range).collect();
    ranges.sort_unstable();
    if ranges.windows(2).all(|pair| pair[0].1 <= pair[1].0) {
        return;
    }
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|&index| !starts_the_app(&entries[index].name));
    let mut served = BTreeMap::new();
    for index in order {
        let Some((start, stop)) = range(&entries[index]) else {
            continue;
        };
        let before = served.range(..stop).next_back();
        if before.is_some_and(|(_, &served_stop)| served_stop > start) {
            let refusal = Refusal::Overlap;
            let place = format!("entry:{}", entries[index].name);
            notes.faults.push(place, refusal.fault(), refusal.what());
            entries[index].data = Err(refusal);
        } else {
            served.insert(start, stop);
        }
    }
}

fn starts_the_app(name: &str) -> bool {
    let code = name
        .strip_prefix("classes")
        .and_then(|rest| rest.strip_suffix(".dex"));
    matches!(name, "AndroidManifest.xml" | "resources.arsc")
        || code.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}
