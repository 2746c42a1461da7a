//! Values as the boundary shows them: the declared type tells what 32 or 64 bits mean.

use crate::code::Code;
use crate::find::shown;
use crate::insn::{decode, Item};
use crate::mutf8;
use crate::query::Value;
use crate::tables::Dex;

use super::arena::{Arena, Id, Node, UNKNOWN};
use super::{CallValues, Seen};

/// Values shown for one call, nested ones counted.
const MOST_VALUES: usize = 200;

/// What is known of the call at `at`; `?` for every argument when it was never reached.
pub(super) fn call(
    painter: &mut Painter<'_, '_>,
    code: &Code<'_>,
    at: u32,
    seen: Option<&Seen>,
) -> CallValues {
    painter.left = MOST_VALUES;
    let dex = painter.dex;
    let Ok(Item::Insn(insn)) = decode(code.insns(), at) else {
        return CallValues {
            on: None,
            args: Vec::new(),
        };
    };
    let proto = match insn.op {
        0xfa | 0xfb => Some(insn.proto),
        _ => dex.method(insn.index).map(|row| row.kind),
    };
    let on = seen
        .and_then(|seen| seen.on)
        .filter(|on| *on != UNKNOWN)
        .map(|on| painter.value(on, b'L'));
    let types = proto.map(|proto| dex.parameters(proto));
    let types = types.iter().flat_map(|types| types.iter()).enumerate();
    let args = types.map(|(position, kind)| {
        let id = seen
            .and_then(|seen| seen.args.get(position))
            .copied()
            .unwrap_or(UNKNOWN);
        painter.value(id, first(dex, kind))
    });
    CallValues {
        args: args.collect(),
        on,
    }
}

/// A value that is stored in a field of this type.
pub(super) fn stored(painter: &mut Painter<'_, '_>, value: Id, kind: u32) -> Value {
    painter.left = MOST_VALUES;
    painter.value(value, first(painter.dex, kind))
}

/// Shows the values of one method.
pub(super) struct Painter<'r, 'a> {
    dex: &'r Dex<'a>,
    arena: &'r Arena,
    /// Values that may still be shown for this call.
    left: usize,
    /// Text that may still be put together for the package, in bytes.
    text_left: &'r mut usize,
}

impl<'r, 'a> Painter<'r, 'a> {
    pub(super) fn new(dex: &'r Dex<'a>, arena: &'r Arena, text_left: &'r mut usize) -> Self {
        Painter {
            dex,
            arena,
            left: 0,
            text_left,
        }
    }

    fn text(&mut self, text: String) -> String {
        *self.text_left = self.text_left.saturating_sub(text.len());
        text
    }

    /// The value of a number, used as a type whose descriptor begins with `kind`.
    fn value(&mut self, id: Id, kind: u8) -> Value {
        if self.left == 0 || *self.text_left == 0 {
            return Value::Unknown;
        }
        self.left -= 1;
        match (self.arena.get(id), kind) {
            (Node::Bits32(0), b'L' | b'[') => Value::Null,
            (Node::Bits32(bits), b'F') if f32::from_bits(*bits as u32).is_finite() => Value::Float {
                v: f32::from_bits(*bits as u32),
            },
            (Node::Bits32(bits), b'I' | b'S' | b'B' | b'C' | b'Z') => Value::Int { v: *bits },
            (Node::Bits64(bits), b'J') => Value::Long { v: *bits },
            (Node::Bits64(bits), b'D') if f64::from_bits(*bits as u64).is_finite() => Value::Double {
                v: f64::from_bits(*bits as u64),
            },
            (
                Node::Bits32(_) | Node::Bits64(_) | Node::Unknown | Node::High | Node::Unset | Node::TooMany,
                _,
            ) => Value::Unknown,
            (Node::Text(text), _) => Value::Str {
                v: self.text(shown(text)),
            },
            (Node::Class(name), _) => Value::Class {
                v: self.text(mutf8::decode(name)),
            },
            (Node::Field(field), _) => Value::Field {
                v: self.text(self.dex.field_text(*field)),
            },
            (Node::New { kind, .. } | Node::Builder { kind, .. }, _) => Value::New {
                v: self.text(self.dex.type_text(*kind)),
            },
            (Node::Param(number), _) => Value::Param { v: *number },
            (Node::Any(choices), _) => Value::Any {
                v: choices.iter().map(|id| self.value(*id, kind)).collect(),
            },
            (Node::Array { kind, elements, .. }, _) => {
                let of = self
                    .dex
                    .descriptor(*kind)
                    .and_then(|name| name.get(1))
                    .copied()
                    .unwrap_or(b'L');
                Value::Array {
                    v: elements.iter().map(|id| self.value(*id, of)).collect(),
                }
            }
            (Node::Call { method, args }, _) => {
                let types = self.dex.method(*method).map(|row| self.dex.parameters(row.kind));
                let types = types.iter().flat_map(|types| types.iter());
                let args = args
                    .iter()
                    .zip(types)
                    .map(|(id, kind)| self.value(*id, first(self.dex, kind)));
                Value::Call {
                    a: args.collect(),
                    v: self.text(self.dex.method_text(*method)),
                }
            }
        }
    }
}

fn first(dex: &Dex<'_>, kind: u32) -> u8 {
    dex.descriptor(kind)
        .and_then(|name| name.first())
        .copied()
        .unwrap_or(b'L')
}
