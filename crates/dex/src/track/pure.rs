//! Methods of the platform that only compute, over values that are known.

use std::rc::Rc;

use super::machine::{Cell, Machine, Object, MOST_LENGTH};

/// The flag of `android.util.Base64` for the alphabet for addresses.
const ANDROID_URL_SAFE: i32 = 8;

/// A call of a platform method: the cells of the receiver and the arguments, and the descriptors of the parameters.
pub(super) struct Call<'c> {
    pub class: &'c [u8],
    pub name: &'c [u8],
    pub cells: &'c [Cell],
    /// Of the parameters only.
    pub kinds: &'c [&'c [u8]],
}

impl Machine {
    /// What a method of the platform returns; none when it is not known or would throw.
    pub(super) fn platform(&mut self, call: &Call<'_>) -> Option<Cell> {
        match call.class {
            b"Ljava/lang/String;" => self.of_string(call),
            b"Ljava/lang/CharSequence;" | b"Ljava/lang/Object;" => match call.name {
                b"toString" | b"length" | b"charAt" | b"subSequence" => self.of_string(call),
                _ => None,
            },
            b"Ljava/lang/StringBuilder;" | b"Ljava/lang/StringBuffer;" => self.of_builder(call),
            b"Landroid/util/Base64;" | b"Ljava/util/Base64;" | b"Ljava/util/Base64$Decoder;" => {
                self.of_base64(call)
            }
            b"Ljava/lang/Integer;" => self.of_integer(call),
            b"Ljava/nio/charset/Charset;" if call.name == b"forName" => call.cells.first().cloned(),
            b"Ljava/lang/System;" if call.name == b"arraycopy" => self.copy(call.cells),
            _ => None,
        }
    }

    fn of_string(&mut self, call: &Call<'_>) -> Option<Cell> {
        let cells = call.cells;
        let kind = |number: usize| call.kinds.get(number).copied().unwrap_or_default();
        match (call.name, cells) {
            (b"<init>", [Cell::Object(made), rest @ ..]) => {
                let length = rest.first().and_then(|first| self.array(first));
                self.pay(length.map_or(0, |(_, numbers)| numbers.len()))?;
                let text = match (kind(0), rest) {
                    (b"", []) => Vec::new(),
                    (b"[B", [bytes]) => decode(&self.bytes(bytes)?, b"UTF-8")?,
                    (b"[B", [bytes, charset]) => {
                        let charset = self.ascii(charset)?;
                        decode(&self.bytes(bytes)?, &charset)?
                    }
                    (b"[C", [chars]) => self.chars(chars)?,
                    (b"[C", [chars, from, count]) => {
                        let (from, count) = (position(from)?, position(count)?);
                        self.chars(chars)?.get(from..from.checked_add(count)?)?.to_vec()
                    }
                    (b"Ljava/lang/String;", [text]) => self.text(text)?.to_vec(),
                    _ => return None,
                };
                if !matches!(self.object(*made)?, Object::Raw) {
                    return None;
                }
                self.pay(text.len())?;
                *self.object_mut(*made)? = Object::Text(text.into());
                Some(Cell::Unset)
            }
            (b"valueOf", [value]) | (b"copyValueOf", [value]) => {
                let text = self.shown(value, kind(0))?;
                self.made(text)
            }
            _ => {
                let (on, rest) = cells.split_first()?;
                let text = self.text(on)?;
                self.on_text(call, &text, rest)
            }
        }
    }

    fn on_text(&mut self, call: &Call<'_>, text: &[u16], args: &[Cell]) -> Option<Cell> {
        let kind = |number: usize| call.kinds.get(number).copied().unwrap_or_default();
        self.pay(text.len() / 8)?;
        let number = |found: usize| Some(Cell::Bits32(i32::try_from(found).ok()?));
        let new = match (call.name, args) {
            (b"length", []) => return number(text.len()),
            (b"isEmpty", []) => return Some(Cell::Bits32(text.is_empty().into())),
            (b"charAt", [at]) => return Some(Cell::Bits32(i32::from(*text.get(position(at)?)?))),
            // A builder equals nothing but itself.
            (b"equals", [Cell::Text(other)]) => return Some(Cell::Bits32((**other == *text).into())),
            (b"indexOf", [Cell::Bits32(unit)]) if kind(0) == b"I" => {
                let found = text.iter().position(|one| i32::from(*one) == *unit);
                return match found {
                    Some(at) => number(at),
                    None => Some(Cell::Bits32(-1)),
                };
            }
            (b"toCharArray", []) => {
                let numbers = text.iter().map(|unit| i64::from(*unit)).collect();
                return self.numbers(b'C', numbers);
            }
            (b"getBytes", [] | [_]) => {
                let charset = match args {
                    [charset] => self.ascii(charset)?,
                    _ => b"UTF-8".to_vec(),
                };
                let bytes = encode(text, &charset)?;
                return self.numbers(
                    b'B',
                    bytes.into_iter().map(|byte| i64::from(byte as i8)).collect(),
                );
            }
            (b"toString" | b"intern", []) => text.to_vec(),
            (b"concat", [more]) => [text, &self.text(more)?].concat(),
            (b"substring" | b"subSequence", [from]) => text.get(position(from)?..)?.to_vec(),
            (b"substring" | b"subSequence", [from, to]) => text.get(position(from)?..position(to)?)?.to_vec(),
            (b"replace", [Cell::Bits32(old), Cell::Bits32(new)]) if kind(0) == b"C" => {
                let swap = |unit: &u16| {
                    if i32::from(*unit) == *old {
                        *new as u16
                    } else {
                        *unit
                    }
                };
                text.iter().map(swap).collect()
            }
            (b"trim", []) => {
                let from = text.iter().position(|unit| *unit > 0x20).unwrap_or(text.len());
                let to = text
                    .iter()
                    .rposition(|unit| *unit > 0x20)
                    .map_or(from, |at| at + 1);
                text.get(from..to)?.to_vec()
            }
            (b"toLowerCase" | b"toUpperCase", [] | [_]) if text.iter().all(|unit| *unit < 0x80) => {
                let turn = |unit: &u16| match (call.name, *unit as u8) {
                    (b"toLowerCase", byte) => u16::from(byte.to_ascii_lowercase()),
                    (_, byte) => u16::from(byte.to_ascii_uppercase()),
                };
                text.iter().map(turn).collect()
            }
            _ => return None,
        };
        self.made(new)
    }

    fn of_builder(&mut self, call: &Call<'_>) -> Option<Cell> {
        let (Cell::Object(on), args) = call.cells.split_first().map(|(on, args)| (on.clone(), args))? else {
            return None;
        };
        let kind = |number: usize| call.kinds.get(number).copied().unwrap_or_default();
        if call.name == b"<init>" {
            let text = match (kind(0), args) {
                (b"" | b"I", _) => Vec::new(),
                (kind, [text]) => self.shown(text, kind)?,
                _ => return None,
            };
            if !matches!(self.object(on)?, Object::Raw) {
                return None;
            }
            self.pay(text.len())?;
            *self.object_mut(on)? = Object::Builder(text);
            return Some(Cell::Unset);
        }
        let more = match (call.name, args) {
            (b"append", [more]) => self.shown(more, kind(0))?,
            (b"insert", [_, more]) => self.shown(more, kind(1))?,
            _ => Vec::new(),
        };
        self.pay(1 + more.len())?;
        let Object::Builder(text) = self.object_mut(on)? else {
            return None;
        };
        let length = text.len();
        match (call.name, args) {
            (b"append", [_]) => text.extend(more),
            (b"insert", [at, _]) => {
                let at = position(at).filter(|at| *at <= length)?;
                text.splice(at..at, more);
            }
            (b"reverse", []) if text.iter().all(|unit| !(0xd800..0xe000).contains(unit)) => text.reverse(),
            (b"setCharAt", [at, Cell::Bits32(unit)]) => *text.get_mut(position(at)?)? = *unit as u16,
            (b"deleteCharAt", [at]) => {
                let at = position(at).filter(|at| *at < length)?;
                text.remove(at);
            }
            (b"setLength", [to]) => {
                let to = position(to).filter(|to| *to <= length)?;
                text.truncate(to);
            }
            (b"length", []) => return Some(Cell::Bits32(i32::try_from(length).ok()?)),
            (b"charAt", [at]) => return Some(Cell::Bits32(i32::from(*text.get(position(at)?)?))),
            (b"toString", []) => {
                let text = text.clone();
                return self.made(text);
            }
            _ => return None,
        }
        // A change costs little, but no text grows without end.
        self.pay(length / 16)?;
        (length <= MOST_LENGTH).then_some(Cell::Object(on))
    }

    fn of_base64(&mut self, call: &Call<'_>) -> Option<Cell> {
        let (coded, url) = match (call.class, call.name, call.cells) {
            (b"Ljava/util/Base64;", name, []) => {
                let url = decoder(name)?;
                return self.keep(Object::Decoder { url });
            }
            (b"Ljava/util/Base64$Decoder;", b"decode", [Cell::Object(on), coded]) => {
                match self.object(*on)? {
                    Object::Decoder { url } => (coded, *url),
                    _ => return None,
                }
            }
            (b"Landroid/util/Base64;", b"decode", [coded, Cell::Bits32(flags)]) => {
                (coded, flags & ANDROID_URL_SAFE != 0)
            }
            _ => return None,
        };
        let coded: Vec<u8> = match call.kinds.first().copied()? {
            b"[B" => self.bytes(coded)?,
            _ => self.ascii(coded)?,
        };
        self.pay(coded.len())?;
        let decoded = base64(&coded, url)?;
        self.numbers(
            b'B',
            decoded.into_iter().map(|byte| i64::from(byte as i8)).collect(),
        )
    }

    fn of_integer(&mut self, call: &Call<'_>) -> Option<Cell> {
        let (text, radix) = match (call.name, call.cells) {
            (b"parseInt", [text]) => (text, 10),
            (b"parseInt", [text, radix]) => (text, u32::try_from(position(radix)?).ok()?),
            _ => return None,
        };
        if !(2..=36).contains(&radix) {
            return None;
        }
        let text = self.ascii(text)?;
        let number = i32::from_str_radix(std::str::from_utf8(&text).ok()?, radix).ok()?;
        Some(Cell::Bits32(number))
    }

    fn copy(&mut self, cells: &[Cell]) -> Option<Cell> {
        let [Cell::Object(from), first, Cell::Object(to), at, count] = cells else {
            return None;
        };
        let (first, at, count) = (position(first)?, position(at)?, position(count)?);
        let Object::Numbers { kind, numbers } = self.object(*from)? else {
            return None;
        };
        let (kind, part) = (*kind, numbers.get(first..first.checked_add(count)?)?.to_vec());
        self.pay(count)?;
        match self.object_mut(*to)? {
            Object::Numbers { kind: other, numbers } if *other == kind => {
                numbers
                    .get_mut(at..at.checked_add(count)?)?
                    .copy_from_slice(&part);
                Some(Cell::Unset)
            }
            _ => None,
        }
    }

    /// What a value of a type looks like in a string.
    fn shown(&self, cell: &Cell, kind: &[u8]) -> Option<Vec<u16>> {
        let plain = |text: String| Some(text.encode_utf16().collect());
        match (cell, kind) {
            (Cell::Bits32(bits), b"C") => Some(vec![*bits as u16]),
            (Cell::Bits32(bits), b"I" | b"S" | b"B") => plain(bits.to_string()),
            (Cell::Bits32(bits), b"Z") => plain((*bits != 0).to_string()),
            (Cell::Bits64(bits), b"J") => plain(bits.to_string()),
            (_, b"[C") => self.chars(cell),
            (_, [b'L', ..]) => self.text(cell).map(|text| text.to_vec()),
            _ => None,
        }
    }

    fn made(&mut self, text: Vec<u16>) -> Option<Cell> {
        self.pay(text.len())?;
        Some(Cell::Text(text.into()))
    }

    fn numbers(&mut self, kind: u8, numbers: Vec<i64>) -> Option<Cell> {
        self.pay(numbers.len())?;
        self.keep(Object::Numbers { kind, numbers })
    }

    /// The characters of a string or of a finished builder.
    pub(super) fn text(&self, cell: &Cell) -> Option<Rc<[u16]>> {
        match cell {
            Cell::Text(text) => Some(text.clone()),
            Cell::Object(at) => match self.object(*at)? {
                Object::Text(text) => Some(text.clone()),
                Object::Builder(text) => Some(text.as_slice().into()),
                _ => None,
            },
            _ => None,
        }
    }

    fn ascii(&self, cell: &Cell) -> Option<Vec<u8>> {
        let text = self.text(cell)?;
        text.iter()
            .map(|unit| u8::try_from(*unit).ok().filter(u8::is_ascii))
            .collect()
    }

    fn bytes(&self, cell: &Cell) -> Option<Vec<u8>> {
        match self.array(cell)? {
            (b'B', numbers) => Some(numbers.iter().map(|number| *number as u8).collect()),
            _ => None,
        }
    }

    fn chars(&self, cell: &Cell) -> Option<Vec<u16>> {
        match self.array(cell)? {
            (b'C', numbers) => Some(numbers.iter().map(|number| *number as u16).collect()),
            _ => None,
        }
    }
}

/// The name of a charset that the platform keeps in a field.
pub(super) fn charset(field: &[u8]) -> Option<&'static [u8]> {
    match field {
        b"UTF_8" => Some(b"UTF-8"),
        b"ISO_8859_1" => Some(b"ISO-8859-1"),
        b"US_ASCII" => Some(b"US-ASCII"),
        _ => None,
    }
}

pub(super) fn position(cell: &Cell) -> Option<usize> {
    match cell {
        Cell::Bits32(bits) => usize::try_from(*bits).ok(),
        _ => None,
    }
}

fn is_latin(charset: &[u8]) -> bool {
    charset.eq_ignore_ascii_case(b"ISO-8859-1")
}

fn is_utf8(charset: &[u8]) -> bool {
    charset.eq_ignore_ascii_case(b"UTF-8") || charset.eq_ignore_ascii_case(b"UTF8")
}

/// The characters that bytes stand for; all charsets of the platform's but UTF-16 agree on ASCII.
fn decode(bytes: &[u8], charset: &[u8]) -> Option<Vec<u16>> {
    if is_latin(charset) {
        return Some(bytes.iter().map(|byte| u16::from(*byte)).collect());
    }
    let known = is_utf8(charset) || charset.eq_ignore_ascii_case(b"US-ASCII") && bytes.is_ascii();
    let text = std::str::from_utf8(bytes).ok().filter(|_| known)?;
    Some(text.encode_utf16().collect())
}

fn encode(text: &[u16], charset: &[u8]) -> Option<Vec<u8>> {
    if is_latin(charset) {
        return text.iter().map(|unit| u8::try_from(*unit).ok()).collect();
    }
    let ascii = text.iter().all(|unit| *unit < 0x80);
    let known = is_utf8(charset) || charset.eq_ignore_ascii_case(b"US-ASCII") && ascii;
    let text = String::from_utf16(text).ok().filter(|_| known)?;
    Some(text.into_bytes())
}

/// Whether a decoder that the platform gives by this name reads the alphabet for addresses.
pub(super) fn decoder(name: &[u8]) -> Option<bool> {
    match name {
        b"getDecoder" | b"getMimeDecoder" => Some(false),
        b"getUrlDecoder" => Some(true),
        _ => None,
    }
}

/// The bytes that Base64 stands for, in its usual alphabet or that for addresses; none when it is malformed.
fn base64(coded: &[u8], url: bool) -> Option<Vec<u8>> {
    let (mut decoded, mut bits, mut held, mut ended) = (Vec::new(), 0u32, 0u32, false);
    for byte in coded {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' if !url => 62,
            b'/' if !url => 63,
            b'-' if url => 62,
            b'_' if url => 63,
            b'=' => {
                ended = true;
                continue;
            }
            b'\n' | b'\r' | b' ' | b'\t' => continue,
            _ => return None,
        };
        if ended {
            return None;
        }
        bits = (bits << 6 | u32::from(value)) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            decoded.push((bits >> held) as u8);
        }
    }
    (held < 6).then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_read_in_both_alphabets_and_refused_when_malformed() {
        let usual = |coded: &[u8]| base64(coded, false);
        assert_eq!(usual(b"YW5kcm9pZF9pZA==").as_deref(), Some(&b"android_id"[..]));
        assert_eq!(usual(b"YW5kcm9p\nZF9pZA").as_deref(), Some(&b"android_id"[..]));
        assert_eq!(usual(b"+/8=").as_deref(), Some(&[0xfb, 0xff][..]));
        assert_eq!(base64(b"-_8=", true), usual(b"+/8="));
        assert_eq!(base64(b"+/8=", true), None);
        assert_eq!(usual(b"-_8="), None);
        assert_eq!(usual(b"Y"), None);
        assert_eq!(usual(b"YQ==YQ=="), None);
        assert_eq!(usual(b"Y*Q="), None);
    }
}
