//! Calls whose result follows from their arguments: strings put together.

use std::rc::Rc;

use crate::find::MOST_SHOWN;
use crate::insn::Insn;
use crate::mutf8;
use crate::tables::Member;

use super::arena::{Id, Node, UNKNOWN};
use super::Flow;

impl Flow<'_, '_, '_> {
    /// The result of a call, and its effect on the objects it receives.
    pub(super) fn call(&mut self, row: &Member, insn: &Insn, proto: u32, on: Option<Id>, args: &[Id]) -> Id {
        let (dex, name) = (self.dex, self.dex.name(row.name).unwrap_or_default());
        let class = dex.descriptor(row.class).unwrap_or_default();
        let folded = match (class, on) {
            (b"Ljava/lang/StringBuilder;" | b"Ljava/lang/StringBuffer;", Some(on)) => {
                self.builder_call(name, proto, on, args)
            }
            (b"Ljava/lang/String;", _) => self
                .string_call(name, proto, on, args)
                .or_else(|| self.evaluate(row, insn, proto, on, args)),
            _ => {
                let result = self.evaluate(row, insn, proto, on, args);
                for &arg in args.iter().chain(&on) {
                    self.forget_text(arg);
                    self.forget_elements(arg);
                }
                result
            }
        };
        if let Some(result) = folded {
            return result;
        }
        match dex.return_type(proto).and_then(|kind| dex.descriptor(kind)) {
            None | Some(b"V") => UNKNOWN,
            Some(_) => self.arena.intern(Node::Call {
                method: insn.index,
                args: args.into(),
            }),
        }
    }

    fn builder_call(&mut self, name: &[u8], proto: u32, on: Id, args: &[Id]) -> Option<Id> {
        let (kind, at, text) = match (name, self.arena.get(on).clone()) {
            (b"<init>", Node::New { kind, at }) => (kind, at, Some(Rc::from([]))),
            (_, Node::Builder { kind, at, text }) => (kind, at, text),
            _ => return None,
        };
        let new_text = match name {
            b"toString" => return text.map(|text| self.arena.intern(Node::Text(text))),
            b"length" | b"charAt" | b"indexOf" => return None,
            // A number given to a constructor is a capacity.
            b"<init>" if self.parameter(proto, 0).is_none_or(|first| first == b'I') => text,
            b"<init>" | b"append" if args.len() == 1 => {
                let more = self
                    .parameter(proto, 0)
                    .and_then(|kind| self.text_of(args[0], kind));
                text.zip(more).and_then(|(text, more)| concatenate(&text, &more))
            }
            b"reverse" => text.and_then(|text| reversed(&text)),
            _ => None,
        };
        let new = self.arena.intern(Node::Builder {
            kind,
            at,
            text: new_text,
        });
        self.replace(on, new);
        matches!(name, b"append" | b"insert" | b"reverse").then_some(new)
    }

    fn string_call(&mut self, name: &[u8], proto: u32, on: Option<Id>, args: &[Id]) -> Option<Id> {
        let text = match (name, on, args) {
            (b"concat", Some(on), [more]) => {
                concatenate(&self.text_of(on, b'L')?, &self.text_of(*more, b'L')?)?
            }
            (b"valueOf", None, [value]) => self.text_of(*value, self.parameter(proto, 0)?)?,
            (b"toString" | b"intern", Some(on), []) => return Some(on),
            (b"substring", Some(on), [from]) => part(self.literal(on)?, self.position(*from)?, None)?,
            (b"substring", Some(on), [from, to]) => part(
                self.literal(on)?,
                self.position(*from)?,
                Some(self.position(*to)?),
            )?,
            (b"replace", Some(on), [old, new]) => {
                let old = self.text_of(*old, self.parameter(proto, 0)?)?;
                let new = self.text_of(*new, self.parameter(proto, 1)?)?;
                replaced(self.literal(on)?, &old, &new)?
            }
            _ => return None,
        };
        Some(self.arena.intern(Node::Text(text)))
    }

    /// The first character of the descriptor of a parameter.
    fn parameter(&self, proto: u32, position: usize) -> Option<u8> {
        let kind = self.dex.parameters(proto).iter().nth(position)?;
        self.dex.descriptor(kind)?.first().copied()
    }

    /// What a constant of a type looks like in a string; `None` when it is no constant.
    fn text_of(&self, id: Id, kind: u8) -> Option<Rc<[u8]>> {
        match (self.arena.get(id), kind) {
            (Node::Text(text), b'L') => Some(text.clone()),
            (Node::Builder { text, .. }, b'L') => text.clone(),
            (Node::Bits32(0), b'L') => Some(Rc::from(&b"null"[..])),
            (Node::Bits32(bits), b'I') => Some(Rc::from(bits.to_string().as_bytes())),
            (Node::Bits64(bits), b'J') => Some(Rc::from(bits.to_string().as_bytes())),
            (Node::Bits32(bits), b'Z') => Some(Rc::from(if *bits == 0 { &b"false"[..] } else { b"true" })),
            (Node::Bits32(bits), b'C') => {
                let text = char::from_u32(*bits as u32 & 0xffff)?.to_string();
                Some(Rc::from(mutf8::encode(&text)))
            }
            _ => None,
        }
    }

    /// The text of a string that is a constant, not null.
    fn literal(&self, id: Id) -> Option<&[u8]> {
        match self.arena.get(id) {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    fn position(&self, id: Id) -> Option<usize> {
        match self.arena.get(id) {
            Node::Bits32(bits) => usize::try_from(*bits).ok(),
            _ => None,
        }
    }

    /// A call may add to a builder it receives.
    fn forget_text(&mut self, id: Id) {
        if let Node::Builder { kind, at, .. } = *self.arena.get(id) {
            let new = self.arena.intern(Node::Builder { kind, at, text: None });
            self.replace(id, new);
        }
    }
}

fn concatenate(one: &[u8], other: &[u8]) -> Option<Rc<[u8]>> {
    (one.len() + other.len() <= MOST_SHOWN).then(|| Rc::from([one, other].concat()))
}

/// The text from its end to its start; only of ASCII, where bytes are characters.
fn reversed(text: &[u8]) -> Option<Rc<[u8]>> {
    text.is_ascii().then(|| text.iter().rev().copied().collect())
}

/// The characters of these positions; only of ASCII, where bytes are characters.
fn part(text: &[u8], from: usize, to: Option<usize>) -> Option<Rc<[u8]>> {
    let found = text.get(from..to.unwrap_or(text.len()))?;
    text.is_ascii().then(|| Rc::from(found))
}

/// The text with every place of one put for another, from the left.
fn replaced(text: &[u8], old: &[u8], new: &[u8]) -> Option<Rc<[u8]>> {
    if old.is_empty() {
        return None;
    }
    let mut made = Vec::new();
    let mut rest = text;
    while let Some(&first) = rest.first() {
        if made.len() > MOST_SHOWN {
            return None;
        }
        match rest.strip_prefix(old) {
            Some(behind) => {
                made.extend_from_slice(new);
                rest = behind;
            }
            None => {
                made.push(first);
                rest = &rest[1..];
            }
        }
    }
    (made.len() <= MOST_SHOWN).then(|| made.into())
}
