//! What one instruction does to the registers.

use crate::class::Constant;
use crate::find::MOST_SHOWN;
use crate::insn::{array_data, Insn};
use crate::opcode::A;

use super::arena::{Id, Node, HIGH, TOO_MANY, UNKNOWN, UNSET};
use super::{Flow, Seen};

/// Longest array whose elements are followed.
const MOST_ELEMENTS: i32 = 64;

impl Flow<'_, '_, '_> {
    pub(super) fn step(&mut self, insn: &Insn) {
        let value = match insn.op {
            0x01..=0x09 => self.read(insn.b),
            0x0a..=0x0c => std::mem::replace(&mut self.result, UNKNOWN),
            0x12..=0x15 => self.arena.intern(Node::Bits32(insn.literal as i32)),
            0x16..=0x19 => self.arena.intern(Node::Bits64(insn.literal)),
            0x1a | 0x1b => self
                .dex
                .string_start(insn.index, MOST_SHOWN + 1)
                .map_or(UNKNOWN, |bytes| self.text(bytes)),
            0x1c => self.class_constant(insn.index),
            // The object stays the same whatever it is called.
            0x1f => return,
            0x22 => self.arena.intern(Node::New {
                kind: insn.index,
                at: insn.at,
            }),
            0x23 => self.new_array(insn),
            0x24 | 0x25 => {
                let elements = insn.args.iter().map(|register| self.read(register)).collect();
                self.result = self.arena.intern(Node::Array {
                    kind: insn.index,
                    at: insn.at,
                    elements,
                });
                return;
            }
            0x26 => return self.fill_array(insn),
            0x44..=0x4a => self.element(insn),
            0x4b..=0x51 => return self.store_element(insn),
            0x60..=0x66 => self.static_field(insn.index),
            0x67..=0x6d => return self.store_static(insn),
            0x6e..=0x72 | 0x74..=0x78 | 0xfa | 0xfb => return self.invoke(insn),
            0xfc | 0xfd => {
                self.result = UNKNOWN;
                return;
            }
            0x81 => match self.arena.get(self.read(insn.b)) {
                Node::Bits32(bits) => {
                    let wide = i64::from(*bits);
                    self.arena.intern(Node::Bits64(wide))
                }
                _ => UNKNOWN,
            },
            0x90..=0x97 | 0xb0..=0xb7 | 0xd0..=0xdf => self.arithmetic(insn),
            _ if insn.opcode().writes => UNKNOWN,
            _ => return,
        };
        self.write(insn.a, value, insn.opcode().wide & A != 0);
    }

    pub(super) fn read(&self, register: u16) -> Id {
        match self.registers.get(usize::from(register)) {
            None | Some(&UNSET | &HIGH | &TOO_MANY) => UNKNOWN,
            Some(&id) => id,
        }
    }

    fn write(&mut self, register: u16, value: Id, wide: bool) {
        let at = usize::from(register);
        // Half a pair overwritten leaves the other half without meaning.
        if at > 0 && self.registers.get(at) == Some(&HIGH) {
            self.set(at - 1, UNKNOWN);
        }
        let end = at + usize::from(wide);
        if self.registers.get(end + 1) == Some(&HIGH) {
            self.set(end + 1, UNKNOWN);
        }
        self.set(at, value);
        if wide {
            self.set(at + 1, HIGH);
        }
    }

    fn set(&mut self, at: usize, value: Id) {
        if let Some(slot) = self.registers.get_mut(at) {
            *slot = value;
            self.touched.push(at as u16);
        }
    }

    /// An object changed: every register that holds it sees the change.
    pub(super) fn replace(&mut self, old: Id, new: Id) {
        self.charge(self.registers.len() / 16);
        for at in 0..self.registers.len() {
            if self.registers[at] == old {
                self.set(at, new);
            }
        }
    }

    /// A text. One that was cut is still too long to be put together with another.
    pub(super) fn text(&mut self, bytes: &[u8]) -> Id {
        self.charge(bytes.len() / 32);
        self.arena.intern(Node::Text(bytes.into()))
    }

    /// Pays for work beyond that of an ordinary instruction; the next instruction notices when nothing is left.
    pub(super) fn charge(&mut self, cost: usize) {
        *self.left = self.left.saturating_sub(cost as u64);
    }

    fn class_constant(&mut self, kind: u32) -> Id {
        match self.dex.descriptor(kind) {
            Some(name) => {
                self.charge(name.len() / 32);
                self.arena.intern(Node::Class(name.into()))
            }
            None => UNKNOWN,
        }
    }

    fn number(&self, register: u16) -> Option<i32> {
        match self.arena.get(self.read(register)) {
            Node::Bits32(bits) => Some(*bits),
            _ => None,
        }
    }

    fn new_array(&mut self, insn: &Insn) -> Id {
        let Some(length) = self
            .number(insn.b)
            .filter(|length| (0..=MOST_ELEMENTS).contains(length))
        else {
            return UNKNOWN;
        };
        let wide = matches!(self.dex.descriptor(insn.index), Some(b"[J" | b"[D"));
        let zero = self
            .arena
            .intern(if wide { Node::Bits64(0) } else { Node::Bits32(0) });
        let elements = vec![zero; length as usize].into();
        self.arena.intern(Node::Array {
            kind: insn.index,
            at: insn.at,
            elements,
        })
    }

    fn fill_array(&mut self, insn: &Insn) {
        let old = self.read(insn.a);
        let Node::Array { kind, at, elements } = self.arena.get(old).clone() else {
            return;
        };
        let table = insn
            .target()
            .and_then(|table| array_data(self.code.insns(), table));
        let wide = matches!(self.dex.descriptor(kind), Some(b"[J" | b"[D"));
        let mut filled = elements.clone();
        for (slot, bytes) in filled.iter_mut().zip(
            table
                .into_iter()
                .flat_map(|(width, data)| data.chunks(width.max(1))),
        ) {
            let mut raw = [0u8; 8];
            for (to, from) in raw.iter_mut().zip(bytes) {
                *to = *from;
            }
            let missing = 64 - 8 * bytes.len().clamp(1, 8) as u32;
            let number = (i64::from_le_bytes(raw) << missing) >> missing;
            *slot = self.arena.intern(if wide {
                Node::Bits64(number)
            } else {
                Node::Bits32(number as i32)
            });
        }
        let new = self.arena.intern(Node::Array {
            kind,
            at,
            elements: filled,
        });
        self.replace(old, new);
    }

    fn element(&mut self, insn: &Insn) -> Id {
        match (self.arena.get(self.read(insn.b)), self.number(insn.c)) {
            (Node::Array { elements, .. }, Some(index)) => usize::try_from(index)
                .ok()
                .and_then(|index| elements.get(index))
                .copied()
                .unwrap_or(UNKNOWN),
            _ => UNKNOWN,
        }
    }

    fn store_element(&mut self, insn: &Insn) {
        let old = self.read(insn.b);
        let value = self.read(insn.a);
        match self.arena.get(old).clone() {
            Node::Array {
                kind,
                at,
                mut elements,
            } => {
                let index = self.number(insn.c).and_then(|index| usize::try_from(index).ok());
                match index.and_then(|index| elements.get_mut(index)) {
                    Some(slot) => *slot = value,
                    None => elements.fill(UNKNOWN),
                }
                let new = self.arena.intern(Node::Array { kind, at, elements });
                self.replace(old, new);
            }
            // One of several arrays changed, and nothing tells which.
            Node::Any(choices) => {
                for choice in choices.iter().copied().chain([old]) {
                    self.replace(choice, UNKNOWN);
                }
            }
            _ => {}
        }
    }

    /// A call may change the numbers in an array it receives.
    pub(super) fn forget_elements(&mut self, id: Id) {
        let Node::Array { kind, at, elements } = self.arena.get(id).clone() else {
            return;
        };
        let of_objects = matches!(self.dex.descriptor(kind), Some([b'[', b'L' | b'[', ..]));
        if !of_objects {
            let elements = vec![UNKNOWN; elements.len()].into();
            let new = self.arena.intern(Node::Array { kind, at, elements });
            self.replace(id, new);
        }
    }

    fn static_field(&mut self, field: u32) -> Id {
        match self.statics.constant(self.package, self.dex, field, self.left) {
            Some((dex, Constant::Text(string))) => {
                let text = dex.string_start(string, MOST_SHOWN + 1);
                text.map_or(UNKNOWN, |bytes| self.text(bytes))
            }
            Some((dex, Constant::Type(kind))) => dex
                .descriptor(kind)
                .map_or(UNKNOWN, |name| self.arena.intern(Node::Class(name.into()))),
            Some((_, Constant::Bits32(bits))) => self.arena.intern(Node::Bits32(bits)),
            Some((_, Constant::Bits64(bits))) => self.arena.intern(Node::Bits64(bits)),
            Some((_, Constant::Null)) => self.arena.intern(Node::Bits32(0)),
            Some((_, Constant::Other)) | None => self.arena.intern(Node::Field(field)),
        }
    }

    fn store_static(&mut self, insn: &Insn) {
        let args = vec![self.read(insn.a)];
        if let Some(seen) = self.calls.get_mut(&insn.at) {
            *seen = Some(Seen { on: None, args });
        }
    }

    fn arithmetic(&mut self, insn: &Insn) -> Id {
        // The eleven operations stand in the same order in every block of opcodes; literals have no subtraction but its
        // reverse.
        let (operation, x, y) = match insn.op {
            0x90..=0x97 => (insn.op - 0x90, self.number(insn.b), self.number(insn.c)),
            0xb0..=0xb7 => (insn.op - 0xb0, self.number(insn.a), self.number(insn.b)),
            0xd0..=0xd7 => (insn.op - 0xd0, self.number(insn.b), Some(insn.literal as i32)),
            _ => (insn.op - 0xd8, self.number(insn.b), Some(insn.literal as i32)),
        };
        let (Some(x), Some(y)) = (x, y) else {
            return UNKNOWN;
        };
        let reversed = insn.op >= 0xd0;
        let bits = match operation {
            0 => x.wrapping_add(y),
            1 if reversed => y.wrapping_sub(x),
            1 => x.wrapping_sub(y),
            2 => x.wrapping_mul(y),
            5 => x & y,
            6 => x | y,
            7 => x ^ y,
            _ => return UNKNOWN,
        };
        self.arena.intern(Node::Bits32(bits))
    }

    fn invoke(&mut self, insn: &Insn) {
        self.result = UNKNOWN;
        let Some(row) = self.dex.method(insn.index) else {
            return;
        };
        let proto = if matches!(insn.op, 0xfa | 0xfb) {
            insn.proto
        } else {
            row.kind
        };
        let mut position = 0;
        let mut on = None;
        if !insn.is_static_invoke() {
            on = insn.args.get(0).map(|register| self.read(register));
            position = 1;
        }
        let mut args = Vec::new();
        for kind in self.dex.parameters(proto).iter() {
            args.push(
                insn.args
                    .get(position)
                    .map_or(UNKNOWN, |register| self.read(register)),
            );
            position += 1 + usize::from(self.dex.is_wide(kind));
        }
        self.result = self.call(&row, insn, proto, on, &args);
        if let Some(seen) = self.calls.get_mut(&insn.at) {
            *seen = Some(Seen { on, args });
        }
    }
}
