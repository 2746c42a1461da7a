//! Reading little-endian numbers and LEB128 from hostile bytes: every read answers `None` instead of going outside.

/// The 16-bit number at `at`.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let part = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes([part[0], part[1]]))
}

/// The 32-bit number at `at`.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let part = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes([part[0], part[1], part[2], part[3]]))
}

/// A place in a byte string that moves forward with each read.
#[derive(Clone)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Cursor { bytes, at }
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    /// The next `count` bytes (at most 8) as an unsigned number.
    pub(crate) fn unsigned(&mut self, count: usize) -> Option<u64> {
        let part = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        let mut wide = [0u8; 8];
        wide.get_mut(..count)?.copy_from_slice(part);
        self.at += count;
        Some(u64::from_le_bytes(wide))
    }

    /// ULEB128 as ART reads it: it ends after five bytes whatever the fifth says.
    pub(crate) fn uleb(&mut self) -> Option<u32> {
        let mut value = 0u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.u8()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        Some(value)
    }

    pub(crate) fn sleb(&mut self) -> Option<i32> {
        let mut value = 0u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.u8()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                if byte & 0x40 != 0 && shift < 28 {
                    value |= u32::MAX << (shift + 7);
                }
                break;
            }
        }
        Some(value as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlong_uleb_ends_after_five_bytes() {
        let mut cursor = Cursor::new(&[0x81, 0x80, 0x80, 0x80, 0x80, 0x05], 0);
        assert_eq!(cursor.uleb(), Some(1));
        assert_eq!(cursor.u8(), Some(5));
    }

    #[test]
    fn leb_that_runs_off_the_end_is_none() {
        assert_eq!(Cursor::new(&[0xff, 0xff], 0).uleb(), None);
        assert_eq!(Cursor::new(&[], 9).sleb(), None);
    }

    #[test]
    fn signed_leb_extends_its_sign() {
        assert_eq!(Cursor::new(&[0x7f], 0).sleb(), Some(-1));
        assert_eq!(Cursor::new(&[0x80, 0x7f], 0).sleb(), Some(-128));
        assert_eq!(Cursor::new(&[0x3f], 0).sleb(), Some(63));
        assert_eq!(
            Cursor::new(&[0x80, 0x80, 0x80, 0x80, 0x78], 0).sleb(),
            Some(i32::MIN)
        );
    }
}
