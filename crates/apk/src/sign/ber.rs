//! ASN.1 as Android's readers take it: BER, so that a length longer than needed or of indefinite form is no reason to refuse.

use std::borrow::Cow;

use der::asn1::ObjectIdentifier;

/// Certificates and signature files take a few KiB; beyond this they are not taken apart.
pub(super) const BYTES_MAX: usize = 1 << 20;
const DEPTH_MAX: usize = 16;
const CONSTRUCTED: u8 = 0x20;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// One element.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    /// Class, form and number in one byte; numbers that take more occur in nothing that is read here.
    pub(super) tag: u8,
    /// Header and all, as it stands in the file.
    pub(super) encoded: &'a [u8],
    pub(super) content: &'a [u8],
}

impl<'a> Element<'a> {
    /// The element that the bytes begin with; they may go on behind it.
    pub(super) fn first(bytes: &'a [u8]) -> Option<Self> {
        read(bytes, 0).filter(|element| element.encoded.len() <= BYTES_MAX)
    }

    pub(super) fn children(self) -> Option<Vec<Element<'a>>> {
        if self.tag & CONSTRUCTED == 0 {
            return None;
        }
        let mut rest = self.content;
        let mut children = Vec::new();
        while !rest.is_empty() {
            let child = Self::first(rest)?;
            rest = &rest[child.encoded.len()..];
            children.push(child);
        }
        Some(children)
    }

    /// The children, if the element has this tag.
    pub(super) fn children_of(self, tag: u8) -> Option<Vec<Element<'a>>> {
        Some(self).filter(|element| element.tag == tag)?.children()
    }

    /// The content, if the element has this tag.
    pub(super) fn content_of(self, tag: u8) -> Option<&'a [u8]> {
        (self.tag == tag).then_some(self.content)
    }

    pub(super) fn oid(self) -> Option<ObjectIdentifier> {
        ObjectIdentifier::from_bytes(self.content_of(OBJECT_IDENTIFIER)?).ok()
    }

    /// An octet string, which BER may deliver in pieces.
    pub(super) fn octets(self) -> Option<Cow<'a, [u8]>> {
        if let Some(content) = self.content_of(OCTET_STRING) {
            return Some(Cow::Borrowed(content));
        }
        let pieces = self.children_of(OCTET_STRING | CONSTRUCTED)?;
        let pieces: Option<Vec<&[u8]>> = pieces
            .into_iter()
            .map(|piece| piece.content_of(OCTET_STRING))
            .collect();
        Some(Cow::Owned(pieces?.concat()))
    }

    /// The digits of an integer that is not negative, without leading zeros.
    pub(super) fn unsigned(self) -> Option<&'a [u8]> {
        let digits = self.content_of(INTEGER)?;
        if digits.first()? & 0x80 != 0 {
            return None;
        }
        let zeros = digits.iter().take_while(|&&byte| byte == 0).count();
        digits.get(zeros..)
    }

    /// The same with definite lengths as short as they can be and sets in order.
    pub(super) fn to_der(self) -> Option<Vec<u8>> {
        self.to_der_within(DEPTH_MAX)
    }

    fn to_der_within(self, depth: usize) -> Option<Vec<u8>> {
        if self.tag & CONSTRUCTED == 0 {
            return Some(encode(self.tag, self.content));
        }
        let depth = depth.checked_sub(1)?;
        let mut children = self
            .children()?
            .into_iter()
            .map(|child| child.to_der_within(depth))
            .collect::<Option<Vec<_>>>()?;
        if self.tag == SET {
            children.sort();
        }
        Some(encode(self.tag, &children.concat()))
    }
}

fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = content.len().to_be_bytes();
    let digits = &len[len.iter().take_while(|&&byte| byte == 0).count()..];
    let mut out = vec![tag];
    match digits {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        // At most eight digits, so the sum stays within a byte.
        _ => {
            out.push(0x80 | digits.len() as u8);
            out.extend_from_slice(digits);
        }
    }
    out.extend_from_slice(content);
    out
}

fn read(bytes: &[u8], depth: usize) -> Option<Element<'_>> {
    let (&tag, &len) = (bytes.first()?, bytes.get(1)?);
    if tag & 0x1f == 0x1f || depth > DEPTH_MAX {
        return None;
    }
    let (start, end) = match len {
        0..=0x7f => (2, usize::from(len).checked_add(2)?),
        0x80 => return indefinite(bytes, tag, depth),
        _ => {
            let start = usize::from(len & 0x7f).checked_add(2)?;
            let mut len = 0usize;
            for &digit in bytes.get(2..start)? {
                len = len.checked_mul(256)?.checked_add(usize::from(digit))?;
            }
            (start, start.checked_add(len)?)
        }
    };
    Some(Element {
        tag,
        encoded: bytes.get(..end)?,
        content: bytes.get(start..end)?,
    })
}

/// An element that goes on until two zeros stand where a child would begin.
fn indefinite(bytes: &[u8], tag: u8, depth: usize) -> Option<Element<'_>> {
    if tag & CONSTRUCTED == 0 {
        return None;
    }
    let mut at = 2usize;
    loop {
        let rest = bytes.get(at..)?;
        if rest.starts_with(&[0, 0]) {
            return Some(Element {
                tag,
                encoded: bytes.get(..at.checked_add(2)?)?,
                content: bytes.get(2..at)?,
            });
        }
        at = at.checked_add(read(rest, depth.checked_add(1)?)?.encoded.len())?;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_every_form_give_the_same_der() {
        for text in [
            &[0x30, 3, 4, 1, 9][..],
            &[0x30, 0x81, 3, 4, 1, 9],
            &[0x30, 0x83, 0, 0, 4, 4, 0x81, 1, 9],
            &[0x30, 0x80, 4, 1, 9, 0, 0],
        ] {
            let element = Element::first(text).unwrap();
            assert_eq!(element.encoded, text);
            assert_eq!(element.to_der().unwrap(), [0x30, 3, 4, 1, 9]);
        }
        let long = [vec![0x30, 0x82, 0, 0x84, 4, 0x81, 0x81], vec![7; 0x81]].concat();
        assert_eq!(
            Element::first(&long).unwrap().to_der().unwrap()[..4],
            [0x30, 0x81, 0x84, 4]
        );
    }

    #[test]
    fn an_octet_string_in_pieces_is_one() {
        let octets = |bytes: &[u8]| Element::first(bytes).unwrap().octets().unwrap().into_owned();
        assert_eq!(octets(&[0x24, 0x80, 4, 1, 1, 4, 2, 2, 3, 0, 0]), [1, 2, 3]);
        assert_eq!(octets(&[4, 2, 2, 3]), [2, 3]);
    }

    #[test]
    fn what_ends_early_or_nests_without_end_is_refused() {
        for text in [
            &[][..],
            &[0x30],
            &[0x30, 2, 4],
            &[0x30, 0x80, 4, 1, 9, 0],
            &[4, 0x80, 0, 0],
        ] {
            assert!(Element::first(text).is_none(), "{text:?}");
        }
        let nested = [[0x30, 0x80].repeat(100_000), vec![0; 200_000]].concat();
        assert!(Element::first(&nested).is_none());
        assert!(Element::first(&[0x30, 0xff, 1]).is_none());
    }
}
