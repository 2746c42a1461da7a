//! Modified UTF-8, the encoding of DEX strings: NUL is two bytes and characters beyond U+FFFF are surrogate pairs.

/// The MUTF-8 form of a text, as a DEX file would store it.
pub fn encode(text: &str) -> Vec<u8> {
    encode_units(text.encode_utf16())
}

/// The MUTF-8 form of UTF-16.
pub(crate) fn encode_units(units: impl Iterator<Item = u16>) -> Vec<u8> {
    let mut out = Vec::with_capacity(units.size_hint().0);
    for unit in units {
        match unit {
            1..=0x7f => out.push(unit as u8),
            0 | 0x80..=0x7ff => out.extend([0xc0 | (unit >> 6) as u8, 0x80 | (unit & 0x3f) as u8]),
            _ => out.extend([
                0xe0 | (unit >> 12) as u8,
                0x80 | (unit >> 6 & 0x3f) as u8,
                0x80 | (unit & 0x3f) as u8,
            ]),
        }
    }
    out
}

/// The text of MUTF-8 bytes; what is malformed, or half a surrogate pair, becomes U+FFFD.
pub fn decode(bytes: &[u8]) -> String {
    if bytes.is_ascii() {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let units = units(bytes);
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// The UTF-16 form of MUTF-8 bytes; what is malformed becomes U+FFFD.
pub(crate) fn units(bytes: &[u8]) -> Vec<u16> {
    let mut units = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&first) = bytes.get(at) {
        let tail = |n: usize| {
            bytes
                .get(at + n)
                .filter(|b| *b & 0xc0 == 0x80)
                .map(|b| u16::from(b & 0x3f))
        };
        let (unit, length) = match (first, tail(1), tail(2)) {
            (0..=0x7f, _, _) => (u16::from(first), 1),
            (0xc0..=0xdf, Some(low), _) => (u16::from(first & 0x1f) << 6 | low, 2),
            (0xe0..=0xef, Some(mid), Some(low)) => (u16::from(first & 0x0f) << 12 | mid << 6 | low, 3),
            _ => (0xfffd, 1),
        };
        units.push(unit);
        at += length;
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_the_round_trip() {
        for text in ["", "content://sms", "通讯录", "a\0b", "𠮷野家 😀"] {
            assert_eq!(decode(&encode(text)), text);
        }
    }

    #[test]
    fn a_nul_takes_two_bytes_and_an_emoji_six() {
        assert_eq!(encode("\0"), [0xc0, 0x80]);
        assert_eq!(encode("😀"), [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]);
    }

    #[test]
    fn malformed_bytes_become_replacement_characters() {
        assert_eq!(decode(&[b'a', 0xff, b'b']), "a\u{fffd}b");
        assert_eq!(decode(&[0xe4, 0xbd]), "\u{fffd}\u{fffd}");
        assert_eq!(decode(&[0xed, 0xa0, 0xbd]), "\u{fffd}");
    }
}
