//! The APK Signing Block: between the last entry and the central directory, outside of what any ZIP reader looks at.

use std::collections::BTreeSet;

use crate::error::FaultLog;
use crate::le::{u32_at, u64_at};
use crate::zip::Archive;

const MAGIC: &[u8; 16] = b"APK Sig Block 42";
const FOOTER: usize = 24;

pub(super) const V2: u32 = 0x7109_871a;
pub(super) const V3: u32 = 0xf053_68c0;
pub(super) const V31: u32 = 0x1b93_ad61;
/// Far more than all known kinds together.
const PAIRS_MAX: usize = 1024;
const PADDING: u32 = 0x4272_6577;
/// Written by ordinary tools: both source stamps, the dependency list of the Android Gradle plugin, Google Play's own.
const ORDINARY: [u32; 4] = [0x2b09_189e, 0x6dff_800d, 0x504b_4453, 0x2146_444e];

/// Where the block lies, and its id-value pairs.
pub(super) struct SigningBlock<'a> {
    pub(super) start: usize,
    pairs: Vec<(u32, &'a [u8])>,
}

impl<'a> SigningBlock<'a> {
    /// The first value with this id; Android, too, takes the first.
    pub(super) fn value(&self, id: u32) -> Option<&'a [u8]> {
        self.pairs.iter().find(|pair| pair.0 == id).map(|pair| pair.1)
    }
}

/// The signing block, or none when there is none or Android would not look for one.
pub(super) fn find<'a>(
    archive: &'a Archive,
    anomalies: &mut FaultLog,
    faults: &mut FaultLog,
) -> Option<SigningBlock<'a>> {
    let layout = archive.layout();
    let bytes: &[u8] = archive.bytes();
    let directory = usize::try_from(layout.directory).ok()?;
    let footer = directory.checked_sub(FOOTER)?;
    if bytes.get(footer.checked_add(8)?..directory)? != MAGIC {
        return None;
    }
    let mut damaged = |what: &str| {
        faults.push("", "signing_block_damaged", what);
        None
    };
    if layout.directory.checked_add(layout.directory_size) != Some(layout.end_record) {
        return damaged(
            "the central directory does not touch its end record, so Android ignores the signing block",
        );
    }
    let size = u64_at(bytes, footer)?;
    let start = usize::try_from(size)
        .ok()
        .and_then(|size| directory.checked_sub(size.checked_add(8)?));
    let Some(start) = start.filter(|&start| start < footer && u64_at(bytes, start) == Some(size)) else {
        return damaged("the two sizes of the signing block disagree");
    };
    match pairs(bytes.get(start.checked_add(8)?..footer)?) {
        Some(pairs) => {
            note(&pairs, anomalies);
            Some(SigningBlock { start, pairs })
        }
        None => damaged("the signing block has too many pairs, or one that reaches past its end"),
    }
}

fn pairs(mut rest: &[u8]) -> Option<Vec<(u32, &[u8])>> {
    let mut pairs = Vec::new();
    while !rest.is_empty() {
        let len = usize::try_from(u64_at(rest, 0)?).ok()?;
        let end = len.checked_add(8)?;
        pairs.push((u32_at(rest, 8)?, rest.get(12..end)?));
        if pairs.len() > PAIRS_MAX {
            return None;
        }
        rest = &rest[end..];
    }
    Some(pairs)
}

fn note(pairs: &[(u32, &[u8])], anomalies: &mut FaultLog) {
    let mut seen = BTreeSet::new();
    for &(id, value) in pairs {
        if !seen.insert(id) {
            let what = format!("one more block {id:#010x}; only the first counts");
            anomalies.push("", "signing_block_repeated", what);
            continue;
        }
        match id {
            V2 | V3 | V31 => {}
            PADDING if value.iter().any(|&byte| byte != 0) => {
                anomalies.push(
                    "",
                    "signing_block_padding",
                    "the padding of the signing block holds data",
                );
            }
            PADDING => {}
            _ if ORDINARY.contains(&id) => {}
            _ => {
                let what = format!(
                    "block {id:#010x} of {} bytes, which no signature covers",
                    value.len()
                );
                anomalies.push("", "signing_block_unknown", what);
            }
        }
    }
}

/// A walk over length-prefixed fields.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn number(&mut self) -> Option<u32> {
        let number = u32_at(self.0, 0)?;
        self.0 = &self.0[4..];
        Some(number)
    }

    /// The next field: a length of four bytes, then so many bytes.
    pub(super) fn field(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.number()?).ok()?;
        let field = self.0.get(..len)?;
        self.0 = &self.0[len..];
        Some(field)
    }

    /// The next field, itself a walk.
    pub(super) fn fields(&mut self) -> Option<Fields<'a>> {
        self.field().map(Fields)
    }
}
