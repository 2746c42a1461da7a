//! Output of one entry, counted as it comes out.

use bytes::Bytes;
use flate2::{Decompress, FlushDecompress, Status};
use libdeflater::Decompressor;

use super::{Entry, Method};
use crate::error::{Code, Error};
use crate::limits::Budget;

const RATIO_FREE: u64 = 1 << 20;

/// The whole output, or [`Code::Limit`] as soon as it passes what `budget` allows for so many packed bytes.
pub(super) fn whole(entry: &Entry, data: Bytes, budget: &Budget) -> Result<Bytes, Error> {
    let cap = Cap::of(entry, data.len() as u64, budget);
    if entry.method != Method::Deflated {
        if data.len() as u64 > cap.bytes {
            return Err(cap.error(entry));
        }
        return Ok(data);
    }
    // One byte beyond the cap tells "exactly at the limit" from "over it".
    let room = usize::try_from(cap.bytes.saturating_add(1)).unwrap_or(usize::MAX);
    let guess = usize::try_from(entry.size)
        .unwrap_or(usize::MAX)
        .min(most_from(data.len()));
    let mut out = vec![0; guess.clamp(1, room)];
    match Decompressor::new().deflate_decompress(&data, &mut out) {
        Ok(filled) if filled as u64 <= cap.bytes => {
            out.truncate(filled);
            return Ok(Bytes::from(out));
        }
        // The size was a lie or the data is damaged: the slower reader finds out which, and how far it goes.
        _ => {}
    }
    let mut stream = Decompress::new(false);
    let mut filled = 0usize;
    loop {
        let (step, wrote) = step(&mut stream, &data, &mut out[filled..]);
        filled = filled.saturating_add(wrote);
        if filled as u64 > cap.bytes {
            return Err(cap.error(entry));
        }
        match step {
            Step::Ended => break,
            Step::NeedsRoom => out.resize(out.len().saturating_mul(2).max(4096).min(room), 0),
            Step::Broken => {
                let message = format!("its compressed data is cut off or damaged after {filled} bytes");
                return Err(Error::new(
                    Code::Unreadable,
                    message,
                    format!("entry:{}", entry.name),
                ));
            }
        }
    }
    out.truncate(filled);
    out.shrink_to_fit();
    Ok(Bytes::from(out))
}

/// At most the first `len` bytes; a damaged entry gives what precedes the damage.
pub(super) fn head(entry: &Entry, data: Bytes, len: usize) -> Bytes {
    if entry.method != Method::Deflated {
        return data.slice(..len.min(data.len()));
    }
    let mut out = vec![0; len];
    let (_, filled) = step(&mut Decompress::new(false), &data, &mut out);
    out.truncate(filled);
    Bytes::from(out)
}

enum Step {
    Ended,
    NeedsRoom,
    Broken,
}

/// Fills `out` as far as the data reaches, and says how many bytes it wrote.
fn step(stream: &mut Decompress, data: &[u8], out: &mut [u8]) -> (Step, usize) {
    let read = usize::try_from(stream.total_in()).unwrap_or(usize::MAX);
    let before = stream.total_out();
    let status = stream.decompress(data.get(read..).unwrap_or(&[]), out, FlushDecompress::None);
    let wrote = usize::try_from(stream.total_out().saturating_sub(before))
        .unwrap_or(usize::MAX)
        .min(out.len());
    match status {
        Ok(Status::StreamEnd) => (Step::Ended, wrote),
        Ok(_) if wrote == out.len() => (Step::NeedsRoom, wrote),
        Ok(_) | Err(_) => (Step::Broken, wrote),
    }
}

/// Deflate cannot give more than 1032 bytes for one.
fn most_from(packed: usize) -> usize {
    packed.saturating_mul(1032).saturating_add(64)
}

struct Cap {
    bytes: u64,
    reason: String,
}

impl Cap {
    fn of(entry: &Entry, packed: u64, budget: &Budget) -> Self {
        let limits = budget.limits();
        let mut cap = Self {
            bytes: limits.entry_bytes as u64,
            reason: format!("unpacks to more than {} bytes", limits.entry_bytes),
        };
        let by_ratio = packed.saturating_mul(limits.ratio as u64).max(RATIO_FREE);
        if entry.method == Method::Deflated && by_ratio < cap.bytes {
            cap.bytes = by_ratio;
            cap.reason = format!("unpacks to more than {} times its packed size", limits.ratio);
        }
        if budget.left() < cap.bytes {
            cap.bytes = budget.left();
            cap.reason = format!("everything together would exceed {} bytes", limits.total_bytes);
        }
        cap
    }

    fn error(&self, entry: &Entry) -> Error {
        Error::new(Code::Limit, self.reason.clone(), format!("entry:{}", entry.name))
    }
}
