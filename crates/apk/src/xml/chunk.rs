//! Chunks of binary resource files, at untrusted offsets.

pub(super) use crate::le::{u16_at, u32_at};

pub(super) fn u8_at(data: &[u8], at: usize) -> Option<u8> {
    data.get(at).copied()
}

/// A `u32` as an offset or a size.
pub(super) fn size_at(data: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32_at(data, at)?).ok()
}

/// The header every chunk of a binary resource file begins with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    pub kind: u16,
    pub header: usize,
    pub size: usize,
}

impl Chunk {
    /// The chunk at `at`, if Android's `validate_chunk` would accept it: a header of at least `least` bytes, both sizes in
    /// whole words, and an end not after `end`.
    pub fn at(data: &[u8], at: usize, least: usize, end: usize) -> Option<Self> {
        let kind = u16_at(data, at)?;
        let header = usize::from(u16_at(data, at.checked_add(2)?)?);
        let size = size_at(data, at.checked_add(4)?)?;
        let fits = header >= least && header <= size && (header | size) & 3 == 0;
        (fits && size <= end.checked_sub(at)?).then_some(Self { kind, header, size })
    }
}
