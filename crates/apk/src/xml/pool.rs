//! String pools, decoded one string at a time and only when asked.

use super::chunk::{size_at, u16_at, u32_at, u8_at, Chunk};
use super::text::Text;
use crate::{Code, Error, Limits};

pub(super) const KIND: u16 = 0x0001;

const HEADER: usize = 28;
const UTF8: u32 = 1 << 8;

/// A string pool. Reads what Android's `ResStringPool` reads, and refuses what it refuses.
#[derive(Debug, Clone, Copy)]
pub struct Pool<'a> {
    offsets: &'a [u8],
    strings: &'a [u8],
    utf8: bool,
}

impl<'a> Pool<'a> {
    /// The pool in a chunk, `data` being exactly the chunk.
    ///
    /// # Errors
    /// [`Code::Unreadable`] where Android would not load it, [`Code::Limit`] above `limits.strings`.
    pub fn parse(data: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        let bad = |what: &str| Error::new(Code::Unreadable, what, "");
        let chunk =
            Chunk::at(data, 0, HEADER, data.len()).ok_or_else(|| bad("the string pool's header is wrong"))?;
        let (Some(count), Some(styles), Some(flags), Some(strings_start), Some(styles_start)) = (
            size_at(data, 8),
            size_at(data, 12),
            u32_at(data, 16),
            size_at(data, 20),
            size_at(data, 24),
        ) else {
            return Err(bad("the string pool is cut short"));
        };
        let utf8 = flags & UTF8 != 0;
        let unit = if utf8 { 1 } else { 2 };
        let offsets_end = count
            .checked_mul(4)
            .and_then(|bytes| bytes.checked_add(chunk.header));
        let offsets = offsets_end
            .and_then(|end| data.get(chunk.header..end))
            .ok_or_else(|| bad("the string pool declares more strings than it has room for"))?;
        if count > limits.strings {
            return Err(Error::new(
                Code::Limit,
                format!("the string pool declares {count} strings"),
                "",
            ));
        }
        if count == 0 {
            return Ok(Self {
                offsets,
                strings: &[],
                utf8,
            });
        }
        let last = chunk.size.saturating_sub(2);
        if strings_start >= last {
            return Err(bad("the strings of the string pool start outside it"));
        }
        let strings_end = if styles == 0 {
            chunk.size
        } else if styles_start >= last || styles_start <= strings_start {
            return Err(bad("the styles of the string pool start outside it"));
        } else {
            let spans = (chunk.size - styles_start) / 4 * 4;
            let end = data
                .get(styles_start..styles_start + spans)
                .and_then(|spans| spans.last_chunk::<12>());
            if end != Some(&[0xff; 12]) {
                return Err(bad("the styles of the string pool have no end"));
            }
            styles_start
        };
        let whole = (strings_end - strings_start) / unit * unit;
        let strings = data
            .get(strings_start..strings_start + whole)
            .filter(|strings| strings.ends_with(&[0, 0][..unit]))
            .ok_or_else(|| bad("the last string of the string pool has no end"))?;
        Ok(Self {
            offsets,
            strings,
            utf8,
        })
    }

    /// Number of strings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len() / 4
    }

    /// Whether the pool has no string.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// The string of that index, borrowed when it is stored as valid UTF-8. `None` where Android would read no string: an
    /// index or offset outside, a length that reaches outside, or no terminator where the length says.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<Text<'a>> {
        let at = size_at(self.offsets, usize::try_from(index).ok()?.checked_mul(4)?)?;
        if self.utf8 {
            self.utf8_at(at)
        } else {
            self.utf16_at(at & !1)
        }
    }

    fn utf8_at(&self, at: usize) -> Option<Text<'a>> {
        if at >= self.strings.len().checked_sub(1)? {
            return None;
        }
        let (_, at) = self.short_length(at)?;
        let (declared, at) = self.short_length(at)?;
        let body = self.strings.get(at..)?;
        // A length field holds 15 bits; aapt wrote longer strings with the upper bits lost, and Android looks for the
        // terminator at every length with the same lower bits.
        let length = (0..)
            .map(|lost: usize| lost << 15 | declared)
            .take_while(|length| *length < body.len())
            .find(|length| body[*length] == 0)?;
        let text = &body[..length];
        let text = &text[..text.iter().position(|byte| *byte == 0).unwrap_or(length)];
        Some(match std::str::from_utf8(text) {
            Ok(text) => Text::Borrowed(text),
            Err(_) => Text::from(from_modified_utf8(text)),
        })
    }

    fn short_length(&self, at: usize) -> Option<(usize, usize)> {
        let first = usize::from(u8_at(self.strings, at)?);
        if first & 0x80 == 0 {
            return Some((first, at + 1));
        }
        let second = usize::from(u8_at(self.strings, at + 1)?);
        Some(((first & 0x7f) << 8 | second, at + 2))
    }

    fn utf16_at(&self, at: usize) -> Option<Text<'a>> {
        if at >= self.strings.len().checked_sub(2)? {
            return None;
        }
        let mut length = usize::from(u16_at(self.strings, at)?);
        let mut start = at + 2;
        if length & 0x8000 != 0 {
            length = (length & 0x7fff) << 16 | usize::from(u16_at(self.strings, start)?);
            start += 2;
        }
        let end = length.checked_mul(2)?.checked_add(start)?;
        if u16_at(self.strings, end)? != 0 {
            return None;
        }
        let units = self
            .strings
            .get(start..end)?
            .chunks_exact(2)
            .map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
        let text = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
        Some(Text::from(text.collect::<String>()))
    }
}

/// Java's encoding, where a character outside the basic plane is two surrogates of three bytes each. What is valid in
/// neither encoding becomes U+FFFD.
fn from_modified_utf8(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        match std::str::from_utf8(rest) {
            Ok(valid) => {
                text.push_str(valid);
                return text;
            }
            Err(error) => {
                let (valid, broken) = rest.split_at(error.valid_up_to());
                text.push_str(&String::from_utf8_lossy(valid));
                if let Some(character) = surrogate_pair(broken) {
                    text.push(character);
                    rest = &broken[6..];
                } else {
                    text.push(char::REPLACEMENT_CHARACTER);
                    rest = &broken[error.error_len().unwrap_or(broken.len())..];
                }
            }
        }
    }
}

fn surrogate_pair(bytes: &[u8]) -> Option<char> {
    let &[0xed, high1, high2, 0xed, low1, low2] = bytes.first_chunk::<6>()? else {
        return None;
    };
    let surrogate = |first: u8, second: u8| 0xd000 | u16::from(first & 0x3f) << 6 | u16::from(second & 0x3f);
    char::decode_utf16([surrogate(high1, high2), surrogate(low1, low2)])
        .next()?
        .ok()
}
