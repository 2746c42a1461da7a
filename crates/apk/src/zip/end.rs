//! Finds the central directory from the end of the file.

use super::Layout;
use crate::error::{Code, Error, FaultLog};
use crate::le::{u16_at, u32_at, u64_at};

pub(super) const LOCAL: &[u8; 4] = b"PK\x03\x04";
pub(super) const CENTRAL: &[u8; 4] = b"PK\x01\x02";
const END: &[u8; 4] = b"PK\x05\x06";
const END_LEN: usize = 22;
const END64: &[u8; 4] = b"PK\x06\x06";
const END64_LEN: usize = 56;
const LOCATOR64: &[u8; 4] = b"PK\x06\x07";
const LOCATOR64_LEN: usize = 20;
const COMMENT_MAX: usize = 0xffff;

/// Where the directory is, and how many entries its end record counts.
pub(super) struct End {
    pub(super) layout: Layout,
    pub(super) count: u64,
    /// What to add to every offset of the directory: bytes put before the archive without correcting its offsets.
    pub(super) shift: u64,
}

/// Android takes the last end record of the file and refuses the file unless the record's comment reaches exactly to the
/// end. Here a record that does not fit is passed over for an earlier one that does, and noted.
pub(super) fn find(bytes: &[u8], anomalies: &mut FaultLog) -> Result<End, Error> {
    let at = end_record(bytes, anomalies).ok_or_else(|| no_end(bytes))?;
    let field = |offset: usize| u32_at(bytes, at.saturating_add(offset)).unwrap_or(0);
    let mut count = u64::from(u16_at(bytes, at.saturating_add(10)).unwrap_or(0));
    let mut size = u64::from(field(12));
    let mut offset = u64::from(field(16));
    let mut directory_end = at;
    if size == u64::from(u32::MAX)
        || offset == u64::from(u32::MAX)
        || (count == 0xffff && has_locator(bytes, at))
    {
        let end64 = end_record64(bytes, at)?;
        anomalies.push(
            "",
            "zip64",
            "ZIP64 records, which Android's signature check refuses",
        );
        count = end64.count;
        size = end64.size;
        offset = end64.offset;
        directory_end = end64.at;
    }
    let directory_end = directory_end as u64;
    let mut shift = 0;
    if !starts_directory(bytes, offset, count) {
        let by_size = directory_end.checked_sub(size);
        if let Some(real) = by_size.filter(|&real| real > offset && starts_directory(bytes, real, count)) {
            if !ends_the_file(bytes, at) {
                // Neither its end nor its beginning is the file's: a stored archive in the middle of one that was cut off.
                return Err(no_end(bytes));
            }
            shift = real - offset;
            offset = real;
            anomalies.push(
                "",
                "directory_shifted",
                format!("{shift} bytes stand before the archive its offsets describe"),
            );
        }
    }
    match offset.checked_add(size) {
        Some(end) if end <= directory_end => {
            if end < directory_end {
                let gap = directory_end - end;
                anomalies.push(
                    "",
                    "bytes_after_directory",
                    format!("{gap} bytes between the central directory and its end record"),
                );
            }
        }
        _ => {
            let message =
                format!("the central directory at {offset} with {size} bytes runs past its end record");
            return Err(Error::new(Code::Unreadable, message, ""));
        }
    }
    let layout = Layout {
        directory: offset,
        directory_size: size,
        end_record: at as u64,
    };
    Ok(End { layout, count, shift })
}

fn no_end(bytes: &[u8]) -> Error {
    if bytes.starts_with(LOCAL) {
        return Error::new(
            Code::Unreadable,
            "a ZIP archive without its end record, cut off or damaged",
            "",
        );
    }
    Error::new(Code::NotAPackage, "not a ZIP archive", "")
}

fn end_record(bytes: &[u8], anomalies: &mut FaultLog) -> Option<usize> {
    let last = bytes.len().checked_sub(END_LEN)?;
    let first = last.saturating_sub(COMMENT_MAX);
    let mut passed_over = None;
    let mut found = None;
    for at in (first..=last).rev().filter(|&at| bytes[at..].starts_with(END)) {
        let fits = ends_the_file(bytes, at);
        match found {
            None if fits => found = Some(at),
            None => passed_over = passed_over.or(Some(at)),
            Some(_) if fits => {
                anomalies.push(
                    "",
                    "two_end_records",
                    format!("a second end record at {at}: readers may disagree"),
                );
                break;
            }
            Some(_) => {}
        }
    }
    match (found, passed_over) {
        (Some(_), Some(at)) => {
            let what = format!("what looks like an end record at {at} does not reach the end of the file");
            anomalies.push("", "false_end_record", what);
        }
        (None, Some(at)) => {
            let what = format!(
                "the comment of the end record at {at} does not end with the file, which Android refuses"
            );
            anomalies.push("", "bad_comment_length", what);
        }
        _ => {}
    }
    found.or(passed_over)
}

/// Whether the comment of the end record at `at` reaches exactly to the end.
fn ends_the_file(bytes: &[u8], at: usize) -> bool {
    u16_at(bytes, at.saturating_add(20))
        .is_some_and(|comment| at.saturating_add(END_LEN).saturating_add(usize::from(comment)) == bytes.len())
}

fn starts_directory(bytes: &[u8], offset: u64, count: u64) -> bool {
    count == 0
        || usize::try_from(offset)
            .ok()
            .and_then(|at| bytes.get(at..))
            .is_some_and(|rest| rest.starts_with(CENTRAL))
}

fn has_locator(bytes: &[u8], end: usize) -> bool {
    end.checked_sub(LOCATOR64_LEN)
        .is_some_and(|at| bytes[at..].starts_with(LOCATOR64))
}

struct End64 {
    at: usize,
    count: u64,
    size: u64,
    offset: u64,
}

fn end_record64(bytes: &[u8], end: usize) -> Result<End64, Error> {
    let broken = |what: &str| Error::new(Code::Unreadable, what, "");
    if !has_locator(bytes, end) {
        return Err(broken("the ZIP64 locator before the end record is missing"));
    }
    let locator = end - LOCATOR64_LEN;
    let record = u64_at(bytes, locator.saturating_add(8))
        .and_then(|at| usize::try_from(at).ok())
        .filter(|at| {
            at.checked_add(END64_LEN)
                .is_some_and(|record_end| record_end <= locator)
        })
        .filter(|&at| bytes[at..].starts_with(END64))
        .ok_or_else(|| broken("the ZIP64 end record is not where its locator points"))?;
    let field = |offset: usize| u64_at(bytes, record.saturating_add(offset)).unwrap_or(0);
    Ok(End64 {
        at: record,
        count: field(32),
        size: field(40),
        offset: field(48),
    })
}
