//! The header of a DEX file, and the several headers of a version 41 container.

use sha1::{Digest, Sha1};

use crate::bytes::u32_at;

/// Size of the header before version 41.
pub(crate) const HEADER_BYTES: usize = 0x70;
const CONTAINER_HEADER_BYTES: usize = 0x78;

/// Why bytes are not a DEX file that can be read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderFault {
    /// The first bytes are not those of a DEX file.
    NotDex,
    /// Shorter than a header.
    Truncated,
    /// Written for a machine of the other byte order, which Android refuses.
    BigEndian,
}

impl HeaderFault {
    /// The name of this kind of fault.
    pub fn code(self) -> &'static str {
        match self {
            HeaderFault::NotDex => "not_dex",
            HeaderFault::Truncated => "dex_truncated",
            HeaderFault::BigEndian => "dex_big_endian",
        }
    }

    /// One sentence for a reader.
    pub fn what(self) -> &'static str {
        match self {
            HeaderFault::NotDex => "This does not begin as a DEX file does.",
            HeaderFault::Truncated => "This ends before the header of a DEX file does.",
            HeaderFault::BigEndian => "This DEX has the byte order that Android refuses.",
        }
    }
}

/// Place and number of rows of one table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Rows.
    pub count: u32,
    /// Bytes from the start of the file (of the container, in version 41).
    pub offset: u32,
}

/// The header of one DEX file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Where the header begins; not 0 only in a version 41 container.
    pub start: usize,
    /// The three digits of the version, such as `035`.
    pub version: String,
    /// The Adler-32 the header states.
    pub checksum: u32,
    /// The SHA-1 the header states.
    pub signature: [u8; 20],
    /// The size the header states, counted from `start`.
    pub file_size: u32,
    /// The header size it states.
    pub header_size: u32,
    /// The byte order tag.
    pub endian_tag: u32,
    /// String, type, proto, field, method identifiers and class definitions, in this order.
    pub tables: [Extent; 6],
    /// Offset of the map of sections.
    pub map_offset: u32,
}

impl Header {
    /// Reads the header at `start`.
    pub fn parse(bytes: &[u8], start: usize) -> Result<Header, HeaderFault> {
        let head = bytes.get(start..).ok_or(HeaderFault::Truncated)?;
        let magic = head.get(..8).ok_or(HeaderFault::Truncated)?;
        let digits = &magic[4..7];
        if !magic.starts_with(b"dex\n") || !digits.iter().all(u8::is_ascii_digit) || magic[7] != 0 {
            return Err(HeaderFault::NotDex);
        }
        let head = head.get(..HEADER_BYTES).ok_or(HeaderFault::Truncated)?;
        let word = |at: usize| u32_at(head, at).ok_or(HeaderFault::Truncated);
        let endian_tag = word(0x28)?;
        if endian_tag == 0x7856_3412 {
            return Err(HeaderFault::BigEndian);
        }
        let mut tables = [Extent::default(); 6];
        for (position, table) in tables.iter_mut().enumerate() {
            *table = Extent {
                count: word(0x38 + position * 8)?,
                offset: word(0x3c + position * 8)?,
            };
        }
        let mut signature = [0u8; 20];
        signature.copy_from_slice(&head[12..32]);
        Ok(Header {
            start,
            version: digits.iter().map(|&digit| char::from(digit)).collect(),
            checksum: word(8)?,
            signature,
            file_size: word(0x20)?,
            header_size: word(0x24)?,
            endian_tag,
            tables,
            map_offset: word(0x34)?,
        })
    }

    /// Whether several headers may share one file.
    pub fn is_container(&self) -> bool {
        self.version.as_str() >= "041"
    }

    /// Whether the Adler-32 and the SHA-1 the header states are those of `bytes`, the file the header was read from.
    pub fn checks(&self, bytes: &[u8]) -> (bool, bool) {
        let end = self
            .start
            .saturating_add(self.file_size as usize)
            .min(bytes.len());
        let part = |skip: usize| bytes.get(self.start + skip..end).unwrap_or_default();
        (
            adler2::adler32_slice(part(12)) == self.checksum,
            Sha1::digest(part(32))[..] == self.signature,
        )
    }
}

/// All headers of a file: one, or as many as a version 41 container holds (at most 4096).
pub fn headers(bytes: &[u8]) -> Result<Vec<Header>, HeaderFault> {
    let first = Header::parse(bytes, 0)?;
    let mut all = vec![first];
    while let Some(last) = all.last().filter(|last| last.is_container() && all.len() < 4096) {
        let step = last.file_size as usize;
        let Some(next) = last.start.checked_add(step).filter(|next| *next < bytes.len()) else {
            break;
        };
        if step < CONTAINER_HEADER_BYTES {
            break;
        }
        match Header::parse(bytes, next) {
            Ok(header) => all.push(header),
            Err(_) => break,
        }
    }
    Ok(all)
}
