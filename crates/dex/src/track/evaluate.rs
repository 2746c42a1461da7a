//! Calls whose receiver and arguments are constants, worked out.

use crate::find::MOST_SHOWN;
use crate::insn::Insn;
use crate::mutf8;
use crate::tables::Member;

use super::arena::{Id, Node, UNKNOWN};
use super::machine::{Cell, Machine, Object};
use super::{pure, Flow};

/// Longest array that a call gives and that is followed further.
const MOST_GIVEN: usize = 512;

/// Values of the platform that are no constants of the file.
enum PlatformValue {
    /// By its name.
    Charset(&'static [u8]),
    Decoder {
        url: bool,
    },
}

impl Flow<'_, '_, '_> {
    /// What a call gives that only computes: of a static method of the package, or of the platform.
    pub(super) fn evaluate(
        &mut self,
        row: &Member,
        insn: &Insn,
        proto: u32,
        on: Option<Id>,
        args: &[Id],
    ) -> Option<Id> {
        let dex = self.dex;
        if on.iter().chain(args).any(|id| !self.may_be_constant(*id)) {
            return None;
        }
        let returned = dex.return_type(proto)?;
        let makes = matches!(self.arena.get(on.unwrap_or(UNKNOWN)), Node::New { .. });
        match dex.descriptor(returned)? {
            b"V" if makes => {}
            b"Ljava/lang/String;" | b"[B" | b"[C" | b"I" => {}
            _ => return None,
        }
        let class = dex.descriptor(row.class)?;
        let own = self.package.class(dex.group(), class).is_some();
        if own && !insn.is_static_invoke() {
            return None;
        }
        let mut machine = Machine::new(*self.evaluated);
        let result = self.compute(&mut machine, row, insn, (on, args), own);
        *self.evaluated -= machine.spent().max(1).min(*self.evaluated);
        let (cells, result) = result?;
        if makes {
            let text = machine.text(cells.first()?)?;
            let made = self.made_text(&text)?;
            self.replace(on?, made);
            return None;
        }
        match result {
            Cell::Bits32(bits) => Some(self.arena.intern(Node::Bits32(bits))),
            Cell::Object(_) if machine.array(&result).is_some() => {
                let (kind, numbers) = machine.array(&result)?;
                if numbers.len() > MOST_GIVEN || kind == b'J' {
                    return None;
                }
                self.charge(numbers.len());
                let elements = numbers
                    .iter()
                    .map(|number| self.arena.intern(Node::Bits32(*number as i32)))
                    .collect();
                Some(self.arena.intern(Node::Array {
                    kind: returned,
                    at: insn.at,
                    elements,
                }))
            }
            _ => {
                let text = machine.text(&result)?;
                self.made_text(&text)
            }
        }
    }

    fn compute(
        &mut self,
        machine: &mut Machine,
        row: &Member,
        insn: &Insn,
        (on, args): (Option<Id>, &[Id]),
        own: bool,
    ) -> Option<(Vec<Cell>, Cell)> {
        let dex = self.dex;
        let mut known: Vec<(Id, Cell)> = Vec::new();
        let mut cells = Vec::with_capacity(args.len() + 1);
        for &id in on.iter().chain(args) {
            // The same array is the same object.
            let cell = match known.iter().find(|(other, _)| *other == id) {
                Some((_, cell)) => cell.clone(),
                None => self.cell(machine, id)?,
            };
            known.push((id, cell.clone()));
            cells.push(cell);
        }
        let result = if own {
            machine.run(self.package, dex, insn.index, &cells, 0)?
        } else {
            let kinds: Option<Vec<&[u8]>> = dex
                .parameters(row.kind)
                .iter()
                .map(|kind| dex.descriptor(kind))
                .collect();
            machine.platform(&pure::Call {
                class: dex.descriptor(row.class)?,
                name: dex.name(row.name)?,
                cells: &cells,
                kinds: &kinds?,
            })?
        };
        Some((cells, result))
    }

    /// A quick look before anything is run.
    fn may_be_constant(&self, id: Id) -> bool {
        match self.arena.get(id) {
            Node::Bits32(_) | Node::Bits64(_) | Node::Text(_) | Node::Array { .. } => true,
            Node::New { kind, .. } => self.dex.descriptor(*kind) == Some(b"Ljava/lang/String;"),
            Node::Field(_) | Node::Call { .. } => self.platform_value(id).is_some(),
            _ => false,
        }
    }

    /// The value of the platform that a field or a call without arguments stands for.
    fn platform_value(&self, id: Id) -> Option<PlatformValue> {
        let (class, name) = match self.arena.get(id) {
            Node::Field(field) => {
                let row = self.dex.field(*field)?;
                (self.dex.descriptor(row.class)?, self.dex.name(row.name)?)
            }
            Node::Call { method, .. } => {
                let row = self.dex.method(*method)?;
                (self.dex.descriptor(row.class)?, self.dex.name(row.name)?)
            }
            _ => return None,
        };
        match (class, name) {
            (b"Ljava/nio/charset/StandardCharsets;", _) => pure::charset(name).map(PlatformValue::Charset),
            (b"Ljava/util/Base64;", _) => Some(PlatformValue::Decoder {
                url: pure::decoder(name)?,
            }),
            _ => None,
        }
    }

    fn cell(&self, machine: &mut Machine, id: Id) -> Option<Cell> {
        match self.arena.get(id) {
            Node::Bits32(bits) => Some(Cell::Bits32(*bits)),
            Node::Bits64(bits) => Some(Cell::Bits64(*bits)),
            Node::Text(text) => {
                machine.pay(text.len())?;
                Some(Cell::Text(mutf8::units(text).into()))
            }
            Node::New { .. } => machine.keep(Object::Raw),
            Node::Array { kind, elements, .. } => {
                let kind = match self.dex.descriptor(*kind)? {
                    [b'[', kind @ (b'B' | b'C' | b'S' | b'I' | b'Z')] => *kind,
                    _ => return None,
                };
                machine.pay(elements.len())?;
                let numbers: Option<Vec<i64>> = elements
                    .iter()
                    .map(|id| match (self.arena.get(*id), kind) {
                        (Node::Bits32(bits), b'C') => Some(i64::from(*bits as u16)),
                        (Node::Bits32(bits), b'B') => Some(i64::from(*bits as i8)),
                        (Node::Bits32(bits), _) => Some(i64::from(*bits)),
                        _ => None,
                    })
                    .collect();
                machine.keep(Object::Numbers {
                    kind,
                    numbers: numbers?,
                })
            }
            Node::Field(_) | Node::Call { .. } => match self.platform_value(id)? {
                PlatformValue::Decoder { url } => machine.keep(Object::Decoder { url }),
                PlatformValue::Charset(name) => Some(Cell::Text(mutf8::units(name).into())),
            },
            _ => None,
        }
    }

    fn made_text(&mut self, text: &[u16]) -> Option<Id> {
        let bytes = mutf8::encode_units(text.iter().copied());
        (bytes.len() <= MOST_SHOWN).then(|| self.text(&bytes))
    }
}
