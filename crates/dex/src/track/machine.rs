//! What a method of the package returns for constants: its code is run, as far as it only computes.
//!
//! Whatever cannot be computed exactly, exceptions among it, ends the run without an answer.

use std::rc::Rc;

use crate::code::Code;
use crate::insn::{array_data, decode, Insn, Item};
use crate::mutf8;
use crate::package::{Package, Part};
use crate::tables::Dex;
use crate::wanted::same_proto;
use crate::{MethodDef, ACC_STATIC};

use super::pure;

/// Steps of one run; what makes or copies long values takes more than one.
const MOST_STEPS: u64 = 20_000;
/// Longest text or array, in elements.
pub(super) const MOST_LENGTH: usize = 4096;
/// Methods inside each other.
const MOST_DEPTH: u32 = 4;

/// What a register holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Unset,
    /// Also null, which is 0.
    Bits32(i32),
    Bits64(i64),
    Text(Rc<[u16]>),
    /// Position of an object.
    Object(usize),
}

/// What may change, or is known by its identity.
#[derive(Clone, Debug)]
pub(super) enum Object {
    /// Made, but its constructor did not run yet.
    Raw,
    Text(Rc<[u16]>),
    Builder(Vec<u16>),
    /// An array of numbers by the first character of what it holds.
    Numbers {
        kind: u8,
        numbers: Vec<i64>,
    },
    /// Of Base64.
    Decoder {
        url: bool,
    },
}

/// Objects of one run, and what the run may still cost.
#[derive(Debug)]
pub(super) struct Machine {
    objects: Vec<Object>,
    left: u64,
    granted: u64,
}

impl Machine {
    /// A machine for one run that takes no more than `budget`.
    pub(super) fn new(budget: u64) -> Self {
        let granted = budget.min(MOST_STEPS);
        Machine {
            objects: Vec::new(),
            left: granted,
            granted,
        }
    }

    /// What the run cost.
    pub(super) fn spent(&self) -> u64 {
        self.granted - self.left
    }

    /// Pays for a value of this length.
    pub(super) fn pay(&mut self, length: usize) -> Option<()> {
        if length > MOST_LENGTH {
            return None;
        }
        self.left = self.left.checked_sub(1 + length as u64 / 8)?;
        Some(())
    }

    pub(super) fn keep(&mut self, object: Object) -> Option<Cell> {
        self.objects.push(object);
        Some(Cell::Object(self.objects.len() - 1))
    }

    pub(super) fn object(&self, at: usize) -> Option<&Object> {
        self.objects.get(at)
    }

    pub(super) fn object_mut(&mut self, at: usize) -> Option<&mut Object> {
        self.objects.get_mut(at)
    }

    /// The first character of what an array holds, and its numbers.
    pub(super) fn array(&self, cell: &Cell) -> Option<(u8, &[i64])> {
        match cell {
            Cell::Object(at) => match self.object(*at)? {
                Object::Numbers { kind, numbers } => Some((*kind, numbers)),
                _ => None,
            },
            _ => None,
        }
    }

    /// What the static method in this row of the method table returns for these arguments.
    pub(super) fn run(
        &mut self,
        package: &Package<'_>,
        dex: &Dex<'_>,
        method: u32,
        args: &[Cell],
        depth: u32,
    ) -> Option<Cell> {
        let (part, def) = defined(package, dex, method, &mut self.left)?;
        let code = Code::parse(&part.dex, def.code).ok()?;
        self.left = self.left.checked_sub(1 + u64::from(code.registers) / 8)?;
        let mut frame = Frame {
            package,
            dex: &part.dex,
            code: &code,
            registers: vec![Cell::Unset; usize::from(code.registers)],
            result: Cell::Unset,
            depth,
        };
        let mut at = usize::from(code.registers.checked_sub(code.ins)?);
        let kinds = part.dex.parameters(part.dex.method(def.method)?.kind);
        if kinds.len() != args.len() {
            return None;
        }
        for (arg, kind) in args.iter().zip(kinds.iter()) {
            *frame.registers.get_mut(at)? = arg.clone();
            at += 1 + usize::from(part.dex.is_wide(kind));
        }
        frame.follow(self)
    }
}

/// The static method with code that a call of a row of the method table runs, when its class defines it.
fn defined<'p, 'a>(
    package: &'p Package<'a>,
    dex: &Dex<'_>,
    method: u32,
    left: &mut u64,
) -> Option<(&'p Part<'a>, MethodDef)> {
    let row = dex.method(method)?;
    let class = package.class(dex.group(), dex.descriptor(row.class)?)?;
    let part = package.parts().get(class.dex as usize)?;
    let name = dex.name(row.name)?;
    let methods = part.methods_of(class.def);
    *left = left.checked_sub(methods.len() as u64 / 8)?;
    let found = methods.iter().find(|def| {
        part.dex.method(def.method).is_some_and(|own| {
            part.dex.name(own.name) == Some(name) && same_proto(&part.dex, own.kind, dex, row.kind)
        })
    })?;
    (found.access & ACC_STATIC != 0 && found.code != 0).then_some((part, *found))
}

/// A method that runs.
struct Frame<'f, 'a> {
    package: &'f Package<'a>,
    dex: &'f Dex<'a>,
    code: &'f Code<'a>,
    registers: Vec<Cell>,
    result: Cell,
    depth: u32,
}

/// Where the code goes on.
enum Goes {
    On,
    To(u32),
    Out(Cell),
}

impl Frame<'_, '_> {
    fn follow(&mut self, machine: &mut Machine) -> Option<Cell> {
        let mut at = 0;
        loop {
            machine.pay(0)?;
            let Ok(Item::Insn(insn)) = decode(self.code.insns(), at) else {
                return None;
            };
            at = match self.step(machine, &insn)? {
                Goes::On => at + insn.units,
                Goes::To(target) => target,
                Goes::Out(cell) => return Some(cell),
            };
        }
    }

    fn read(&self, register: u16) -> Option<&Cell> {
        self.registers.get(usize::from(register))
    }

    fn write(&mut self, register: u16, cell: Cell) -> Option<Goes> {
        *self.registers.get_mut(usize::from(register))? = cell;
        Some(Goes::On)
    }

    fn int(&self, register: u16) -> Option<i32> {
        match self.read(register)? {
            Cell::Bits32(bits) => Some(*bits),
            _ => None,
        }
    }

    fn long(&self, register: u16) -> Option<i64> {
        match self.read(register)? {
            Cell::Bits64(bits) => Some(*bits),
            _ => None,
        }
    }

    fn step(&mut self, machine: &mut Machine, insn: &Insn) -> Option<Goes> {
        let cell = match insn.op {
            0x00 | 0x1f => return Some(Goes::On),
            0x01..=0x09 => self.read(insn.b)?.clone(),
            0x0a..=0x0c => std::mem::replace(&mut self.result, Cell::Unset),
            0x0e => return Some(Goes::Out(Cell::Unset)),
            0x0f..=0x11 => return Some(Goes::Out(self.read(insn.a)?.clone())),
            0x12..=0x15 => Cell::Bits32(insn.literal as i32),
            0x16..=0x19 => Cell::Bits64(insn.literal),
            0x1a | 0x1b => {
                let bytes = self.dex.string_start(insn.index, MOST_LENGTH + 1)?;
                machine.pay(bytes.len())?;
                Cell::Text(mutf8::units(bytes).into())
            }
            0x21 => Cell::Bits32(i32::try_from(machine.array(self.read(insn.b)?)?.1.len()).ok()?),
            0x22 => match self.dex.descriptor(insn.index)? {
                b"Ljava/lang/String;" | b"Ljava/lang/StringBuilder;" | b"Ljava/lang/StringBuffer;" => {
                    machine.keep(Object::Raw)?
                }
                _ => return None,
            },
            0x23 => {
                let length = usize::try_from(self.int(insn.b)?).ok()?;
                machine.pay(length)?;
                let kind = self.holds(insn.index)?;
                let numbers = vec![0; length];
                machine.keep(Object::Numbers { kind, numbers })?
            }
            0x24 | 0x25 => {
                let kind = self.holds(insn.index).filter(|kind| *kind == b'I')?;
                let numbers: Option<Vec<i64>> = insn
                    .args
                    .iter()
                    .map(|register| self.int(register).map(i64::from))
                    .collect();
                self.result = machine.keep(Object::Numbers {
                    kind,
                    numbers: numbers?,
                })?;
                return Some(Goes::On);
            }
            0x26 => return self.fill(machine, insn),
            0x28..=0x2a => return Some(Goes::To(insn.target()?)),
            0x32..=0x3d => return self.branch(insn),
            0x44..=0x4a => {
                let index = usize::try_from(self.int(insn.c)?).ok()?;
                let (kind, numbers) = machine.array(self.read(insn.b)?)?;
                let number = *numbers.get(index)?;
                if kind == b'J' {
                    Cell::Bits64(number)
                } else {
                    Cell::Bits32(number as i32)
                }
            }
            0x4b..=0x51 => return self.store(machine, insn),
            0x62 => self.charset(insn.index)?,
            0x6e..=0x72 | 0x74..=0x78 => return self.invoke(machine, insn),
            0x7b => Cell::Bits32(self.int(insn.b)?.wrapping_neg()),
            0x7c => Cell::Bits32(!self.int(insn.b)?),
            0x7d => Cell::Bits64(self.long(insn.b)?.wrapping_neg()),
            0x7e => Cell::Bits64(!self.long(insn.b)?),
            0x81 => Cell::Bits64(i64::from(self.int(insn.b)?)),
            0x84 => Cell::Bits32(self.long(insn.b)? as i32),
            0x8d => Cell::Bits32(i32::from(self.int(insn.b)? as i8)),
            0x8e => Cell::Bits32(i32::from(self.int(insn.b)? as u16)),
            0x8f => Cell::Bits32(i32::from(self.int(insn.b)? as i16)),
            0x90..=0x9a => int_of(insn.op - 0x90, self.int(insn.b)?, self.int(insn.c)?)?,
            0x9b..=0xa2 => long_of(insn.op - 0x9b, self.long(insn.b)?, self.long(insn.c)?)?,
            0xa3..=0xa5 => shifted(insn.op - 0xa3, self.long(insn.b)?, self.int(insn.c)?),
            0xb0..=0xba => int_of(insn.op - 0xb0, self.int(insn.a)?, self.int(insn.b)?)?,
            0xbb..=0xc2 => long_of(insn.op - 0xbb, self.long(insn.a)?, self.long(insn.b)?)?,
            0xc3..=0xc5 => shifted(insn.op - 0xc3, self.long(insn.a)?, self.int(insn.b)?),
            0xd0..=0xe2 => {
                let (x, y) = (self.int(insn.b)?, insn.literal as i32);
                let operation = if insn.op < 0xd8 {
                    insn.op - 0xd0
                } else {
                    insn.op - 0xd8
                };
                // Literals have no subtraction but its reverse.
                match operation {
                    1 => Cell::Bits32(y.wrapping_sub(x)),
                    _ => int_of(operation, x, y)?,
                }
            }
            _ => return None,
        };
        self.write(insn.a, cell)
    }

    /// What an array of numbers of this type holds.
    fn holds(&self, kind: u32) -> Option<u8> {
        match self.dex.descriptor(kind)? {
            [b'[', kind @ (b'B' | b'C' | b'S' | b'I' | b'J' | b'Z')] => Some(*kind),
            _ => None,
        }
    }

    /// A charset stands as its name.
    fn charset(&self, field: u32) -> Option<Cell> {
        let row = self.dex.field(field)?;
        let class = self.dex.descriptor(row.class)?;
        let name = match class {
            b"Ljava/nio/charset/StandardCharsets;" => pure::charset(self.dex.name(row.name)?)?,
            _ => return None,
        };
        Some(Cell::Text(mutf8::units(name).into()))
    }

    fn fill(&self, machine: &mut Machine, insn: &Insn) -> Option<Goes> {
        let (width, data) = array_data(self.code.insns(), insn.target()?)?;
        let Cell::Object(at) = *self.read(insn.a)? else {
            return None;
        };
        machine.pay(data.len() / width.max(1))?;
        let Object::Numbers { kind, numbers } = machine.object_mut(at)? else {
            return None;
        };
        if data.len() / width.max(1) > numbers.len() || !matches!(width, 1 | 2 | 4 | 8) {
            return None;
        }
        for (slot, bytes) in numbers.iter_mut().zip(data.chunks_exact(width)) {
            let raw = bytes
                .iter()
                .rev()
                .fold(0u64, |all, byte| all << 8 | u64::from(*byte));
            let missing = 64 - 8 * width as u32;
            let signed = ((raw << missing) as i64) >> missing;
            *slot = if *kind == b'C' { raw as i64 } else { signed };
        }
        Some(Goes::On)
    }

    fn store(&self, machine: &mut Machine, insn: &Insn) -> Option<Goes> {
        let index = usize::try_from(self.int(insn.c)?).ok()?;
        let Cell::Object(at) = *self.read(insn.b)? else {
            return None;
        };
        let value = self.read(insn.a)?;
        let Object::Numbers { kind, numbers } = machine.object_mut(at)? else {
            return None;
        };
        *numbers.get_mut(index)? = match (*kind, value) {
            (b'B', Cell::Bits32(bits)) => i64::from(*bits as i8),
            (b'C', Cell::Bits32(bits)) => i64::from(*bits as u16),
            (b'S', Cell::Bits32(bits)) => i64::from(*bits as i16),
            (b'Z', Cell::Bits32(bits)) => i64::from(*bits & 1),
            (b'I', Cell::Bits32(bits)) => i64::from(*bits),
            (b'J', Cell::Bits64(bits)) => *bits,
            _ => return None,
        };
        Some(Goes::On)
    }

    fn branch(&self, insn: &Insn) -> Option<Goes> {
        let alone = insn.op >= 0x38;
        let operation = if alone { insn.op - 0x38 } else { insn.op - 0x32 };
        let (x, y) = match (self.read(insn.a)?, alone) {
            (Cell::Bits32(x), true) => (*x, 0),
            (Cell::Bits32(x), false) => (*x, self.int(insn.b)?),
            // What is known to be an object is not null.
            (Cell::Text(_) | Cell::Object(_), true) if operation < 2 => (1, 0),
            _ => return None,
        };
        let taken = match operation {
            0 => x == y,
            1 => x != y,
            2 => x < y,
            3 => x >= y,
            4 => x > y,
            _ => x <= y,
        };
        Some(if taken { Goes::To(insn.target()?) } else { Goes::On })
    }

    fn invoke(&mut self, machine: &mut Machine, insn: &Insn) -> Option<Goes> {
        let row = self.dex.method(insn.index)?;
        let mut cells = Vec::new();
        let mut position = 0;
        if !insn.is_static_invoke() {
            cells.push(self.read(insn.args.get(0)?)?.clone());
            position = 1;
        }
        let mut kinds = Vec::new();
        for kind in self.dex.parameters(row.kind).iter() {
            cells.push(self.read(insn.args.get(position)?)?.clone());
            kinds.push(self.dex.descriptor(kind)?);
            position += 1 + usize::from(self.dex.is_wide(kind));
        }
        let class = self.dex.descriptor(row.class)?;
        let own = self.package.class(self.dex.group(), class).is_some();
        self.result = if own {
            if !insn.is_static_invoke() || self.depth >= MOST_DEPTH {
                return None;
            }
            machine.run(self.package, self.dex, insn.index, &cells, self.depth + 1)?
        } else {
            machine.platform(&pure::Call {
                class,
                name: self.dex.name(row.name)?,
                cells: &cells,
                kinds: &kinds,
            })?
        };
        Some(Goes::On)
    }
}

/// The operations in the order in which they stand in every block of opcodes.
fn int_of(operation: u8, x: i32, y: i32) -> Option<Cell> {
    Some(Cell::Bits32(match operation {
        0 => x.wrapping_add(y),
        1 => x.wrapping_sub(y),
        2 => x.wrapping_mul(y),
        3 if y != 0 => x.wrapping_div(y),
        4 if y != 0 => x.wrapping_rem(y),
        5 => x & y,
        6 => x | y,
        7 => x ^ y,
        8 => x.wrapping_shl(y as u32),
        9 => x.wrapping_shr(y as u32),
        10 => (x as u32).wrapping_shr(y as u32) as i32,
        _ => return None,
    }))
}

fn long_of(operation: u8, x: i64, y: i64) -> Option<Cell> {
    Some(Cell::Bits64(match operation {
        0 => x.wrapping_add(y),
        1 => x.wrapping_sub(y),
        2 => x.wrapping_mul(y),
        3 if y != 0 => x.wrapping_div(y),
        4 if y != 0 => x.wrapping_rem(y),
        5 => x & y,
        6 => x | y,
        7 => x ^ y,
        _ => return None,
    }))
}

fn shifted(operation: u8, x: i64, by: i32) -> Cell {
    Cell::Bits64(match operation {
        0 => x.wrapping_shl(by as u32),
        1 => x.wrapping_shr(by as u32),
        _ => (x as u64).wrapping_shr(by as u32) as i64,
    })
}
