//! Decoding one instruction from the code units of a method.

use crate::bytes::{u16_at, u32_at};
use crate::opcode::{Format, Opcode, A, B, C, OPCODES};

/// Why the code of a method cannot be read; it costs this method only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeFault {
    /// The code item, its tries or an instruction run past the end.
    Truncated,
    /// No instruction has this opcode.
    UnknownOpcode,
    /// A register beyond the frame of the method.
    BadRegister,
    /// An index beyond its table.
    BadIndex,
    /// A branch, switch or handler that leads outside or into the middle of an instruction.
    BadBranch,
    /// A switch or array table that is not where the instruction says.
    BadPayload,
    /// The tables of exception handlers contradict themselves.
    BadHandler,
    /// The code of the DEX, followed method by method, is many times as long as the file.
    Repeated,
}

impl CodeFault {
    /// The name of this kind of fault.
    pub fn code(self) -> &'static str {
        match self {
            CodeFault::Truncated => "code_truncated",
            CodeFault::UnknownOpcode => "unknown_opcode",
            CodeFault::BadRegister => "register_outside",
            CodeFault::BadIndex => "index_outside",
            CodeFault::BadBranch => "branch_outside",
            CodeFault::BadPayload => "bad_payload",
            CodeFault::BadHandler => "bad_handler",
            CodeFault::Repeated => "code_repeated",
        }
    }

    /// One sentence for a reader.
    pub fn what(self) -> &'static str {
        match self {
            CodeFault::Truncated => "The code of this method runs past its end.",
            CodeFault::UnknownOpcode => "This method holds an opcode that does not exist.",
            CodeFault::BadRegister => "An instruction names a register outside the frame of this method.",
            CodeFault::BadIndex => "An instruction names an entry outside its table.",
            CodeFault::BadBranch => "A branch of this method does not lead to an instruction of it.",
            CodeFault::BadPayload => {
                "A switch or array table of this method is not where its instruction says."
            }
            CodeFault::BadHandler => "The exception handlers of this method contradict themselves.",
            CodeFault::Repeated => "The methods of this DEX share code many times the size of the file.",
        }
    }
}

/// The registers an invocation passes, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    listed: [u8; 5],
    first: u16,
    count: u8,
    range: bool,
}

impl Arguments {
    /// How many registers are passed; a pair counts twice.
    pub fn len(&self) -> usize {
        usize::from(self.count)
    }

    /// Whether nothing is passed.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether the registers are consecutive, as in the `/range` forms.
    pub fn is_range(&self) -> bool {
        self.range
    }

    /// The register passed at `position`.
    pub fn get(&self, position: usize) -> Option<u16> {
        if position >= self.len() {
            None
        } else if self.range {
            self.first.checked_add(position as u16)
        } else {
            self.listed.get(position).map(|&register| u16::from(register))
        }
    }

    /// All registers passed.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        (0..self.len()).filter_map(|position| self.get(position))
    }
}

/// One decoded instruction. Fields its format does not have are zero.
#[derive(Clone, Copy, Debug)]
pub struct Insn {
    /// Code units from the start of the code.
    pub at: u32,
    /// Length in code units.
    pub units: u32,
    /// The first byte.
    pub op: u8,
    /// Operand A, a register.
    pub a: u16,
    /// Operand B, a register.
    pub b: u16,
    /// Operand C, a register.
    pub c: u16,
    /// The literal, sign extended and shifted to its place.
    pub literal: i64,
    /// The index into the table that the opcode refers to.
    pub index: u32,
    /// The prototype of a polymorphic call.
    pub proto: u32,
    /// Where a branch leads or a payload lies, in code units from this instruction.
    pub branch: i32,
    /// The registers of an invocation.
    pub args: Arguments,
}

const NOP: Insn = Insn {
    at: 0,
    units: 1,
    op: 0,
    a: 0,
    b: 0,
    c: 0,
    literal: 0,
    index: 0,
    proto: 0,
    branch: 0,
    args: Arguments {
        listed: [0; 5],
        first: 0,
        count: 0,
        range: false,
    },
};

impl Insn {
    /// What is known of the opcode.
    pub fn opcode(&self) -> &'static Opcode {
        &OPCODES[usize::from(self.op)]
    }

    /// The code unit that `branch` leads to.
    pub fn target(&self) -> Option<u32> {
        self.at.checked_add_signed(self.branch)
    }

    /// Whether control never goes on to the next instruction.
    pub fn ends_block(&self) -> bool {
        matches!(self.op, 0x0e..=0x11 | 0x27..=0x2a)
    }

    /// Whether the instruction carries a branch offset to another instruction.
    pub fn is_branch(&self) -> bool {
        matches!(self.op, 0x28..=0x2a | 0x32..=0x3d)
    }

    /// Whether the instruction is a switch.
    pub fn is_switch(&self) -> bool {
        matches!(self.op, 0x2b | 0x2c)
    }

    /// Whether the instruction calls the method of its index (polymorphic calls included, `invoke-custom` not).
    pub fn is_invoke(&self) -> bool {
        matches!(self.op, 0x6e..=0x72 | 0x74..=0x78 | 0xfa | 0xfb)
    }

    /// Whether the call has no receiver.
    pub fn is_static_invoke(&self) -> bool {
        matches!(self.op, 0x71 | 0x77)
    }

    /// Whether every register named lies in a frame of `frame` registers.
    pub(crate) fn registers_fit(&self, frame: u16) -> bool {
        let frame = u32::from(frame);
        let opcode = self.opcode();
        let fits = |register: u16, bit: u8| u32::from(register) + u32::from(opcode.wide & bit != 0) < frame;
        match opcode.format {
            Format::F10x | Format::F10t | Format::F20t | Format::F30t | Format::Unused => true,
            Format::F12x
            | Format::F22x
            | Format::F22t
            | Format::F22s
            | Format::F22c
            | Format::F32x
            | Format::F22b => fits(self.a, A) && fits(self.b, B),
            Format::F23x => fits(self.a, A) && fits(self.b, B) && fits(self.c, C),
            Format::F35c | Format::F45cc => self.args.iter().all(|register| u32::from(register) < frame),
            Format::F3rc | Format::F4rcc => u32::from(self.args.first) + u32::from(self.args.count) <= frame,
            _ => fits(self.a, A),
        }
    }
}

/// What lies at a place in the code: an instruction, or the table of one.
#[derive(Clone, Copy, Debug)]
pub enum Item {
    /// An instruction.
    Insn(Insn),
    /// A switch or array table of this many code units.
    Payload(u32),
}

fn unit(code: &[u8], at: u32) -> Option<u16> {
    u16_at(code, (at as usize).checked_mul(2)?)
}

/// Decodes what lies `at` code units into `code`.
#[inline]
pub(crate) fn decode(code: &[u8], at: u32) -> Result<Item, CodeFault> {
    use Format::*;
    let start = at as usize * 2;
    let rest = code.get(start..).ok_or(CodeFault::Truncated)?;
    let (low, high) = match rest {
        [low, high, ..] => (*low, *high),
        _ => return Err(CodeFault::Truncated),
    };
    if low == 0 && (1..=3).contains(&high) {
        return payload_units(rest, high)
            .map(Item::Payload)
            .ok_or(CodeFault::BadPayload);
    }
    let word = |n: usize| match rest.get(n * 2..n * 2 + 2) {
        Some(&[x, y]) => Ok(u16::from_le_bytes([x, y])),
        _ => Err(CodeFault::Truncated),
    };
    let pair = |n: usize| Ok(u32::from(word(n)?) | u32::from(word(n + 1)?) << 16);
    let mut insn = Insn { at, op: low, ..NOP };
    let (wide_high, nibble_a, nibble_b) = (u16::from(high), u16::from(high & 15), u16::from(high >> 4));
    match OPCODES[usize::from(low)].format {
        F10x => {}
        F12x => (insn.a, insn.b) = (nibble_a, nibble_b),
        F11n => (insn.a, insn.literal) = (nibble_a, i64::from(high as i8 >> 4)),
        F11x => insn.a = wide_high,
        F10t => insn.branch = i32::from(high as i8),
        F20t => insn.branch = i32::from(word(1)? as i16),
        F22x => (insn.a, insn.b) = (wide_high, word(1)?),
        F21t => (insn.a, insn.branch) = (wide_high, i32::from(word(1)? as i16)),
        F21s => (insn.a, insn.literal) = (wide_high, i64::from(word(1)? as i16)),
        F21h => {
            let top = i64::from(word(1)? as i16);
            (insn.a, insn.literal) = (wide_high, if low == 0x19 { top << 48 } else { top << 16 });
        }
        F21c => (insn.a, insn.index) = (wide_high, u32::from(word(1)?)),
        F23x => {
            let [b, c] = word(1)?.to_le_bytes();
            (insn.a, insn.b, insn.c) = (wide_high, u16::from(b), u16::from(c));
        }
        F22b => {
            let [b, literal] = word(1)?.to_le_bytes();
            (insn.a, insn.b, insn.literal) = (wide_high, u16::from(b), i64::from(literal as i8));
        }
        F22t => (insn.a, insn.b, insn.branch) = (nibble_a, nibble_b, i32::from(word(1)? as i16)),
        F22s => (insn.a, insn.b, insn.literal) = (nibble_a, nibble_b, i64::from(word(1)? as i16)),
        F22c => (insn.a, insn.b, insn.index) = (nibble_a, nibble_b, u32::from(word(1)?)),
        F32x => (insn.a, insn.b) = (word(1)?, word(2)?),
        F30t => insn.branch = pair(1)? as i32,
        F31t => (insn.a, insn.branch) = (wide_high, pair(1)? as i32),
        F31i => (insn.a, insn.literal) = (wide_high, i64::from(pair(1)? as i32)),
        F31c => (insn.a, insn.index) = (wide_high, pair(1)?),
        F35c | F45cc => {
            insn.index = u32::from(word(1)?);
            insn.args = listed(high, word(2)?).ok_or(CodeFault::BadRegister)?;
        }
        F3rc | F4rcc => {
            insn.index = u32::from(word(1)?);
            insn.args = Arguments {
                first: word(2)?,
                count: high,
                range: true,
                ..NOP.args
            };
        }
        F51l => {
            insn.a = wide_high;
            insn.literal = (u64::from(pair(1)?) | u64::from(pair(3)?) << 32) as i64;
        }
        Unused => return Err(CodeFault::UnknownOpcode),
    }
    insn.units = match OPCODES[usize::from(low)].format {
        F10x | F12x | F11n | F11x | F10t | Unused => 1,
        F20t | F22x | F21t | F21s | F21h | F21c | F23x | F22b | F22t | F22s | F22c => 2,
        F32x | F30t | F31t | F31i | F31c | F35c | F3rc => 3,
        F45cc | F4rcc => {
            insn.proto = u32::from(word(3)?);
            4
        }
        F51l => 5,
    };
    Ok(Item::Insn(insn))
}

fn listed(high: u8, registers: u16) -> Option<Arguments> {
    let count = high >> 4;
    let [low, top] = registers.to_le_bytes();
    let listed = [low & 15, low >> 4, top & 15, top >> 4, high & 15];
    (count <= 5).then_some(Arguments {
        listed,
        count,
        ..NOP.args
    })
}

fn payload_units(rest: &[u8], kind: u8) -> Option<u32> {
    let size = u64::from(u16_at(rest, 2)?);
    let units = match kind {
        1 => 4 + size * 2,
        2 => 2 + size * 4,
        _ => 4 + (u64::from(u32_at(rest, 4)?) * size).div_ceil(2),
    };
    (units * 2 <= rest.len() as u64).then_some(units as u32)
}

/// The branch offsets of a switch whose table lies at `at`, in code units from the switch itself.
pub(crate) fn switch_branches(code: &[u8], op: u8, at: u32) -> Option<impl Iterator<Item = i32> + '_> {
    let kind = if op == 0x2b { 0x0100 } else { 0x0200 };
    if unit(code, at)? != kind || at & 1 != 0 {
        return None;
    }
    let size = usize::from(unit(code, at.checked_add(1)?)?);
    let start = at as usize * 2 + if op == 0x2b { 8 } else { 4 + size * 4 };
    let table = code.get(start..start + size * 4)?;
    Some(
        table
            .chunks_exact(4)
            .map(|entry| i32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]])),
    )
}

/// Element width in bytes and the elements of the array table at `at`.
pub(crate) fn array_data(code: &[u8], at: u32) -> Option<(usize, &[u8])> {
    let start = (at as usize).checked_mul(2)?;
    if unit(code, at)? != 0x0300 {
        return None;
    }
    let width = usize::from(u16_at(code, start + 2)?);
    let size = (u32_at(code, start + 4)? as usize).checked_mul(width)?;
    Some((width, code.get(start + 8..(start + 8).checked_add(size)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(units: &[u16]) -> Insn {
        let code: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        match decode(&code, 0) {
            Ok(Item::Insn(insn)) => insn,
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn literals_are_sign_extended_and_shifted() {
        assert_eq!(one(&[0xf112]).literal, -1);
        assert_eq!(one(&[0x0013, 0x8000]).literal, -32768);
        assert_eq!(one(&[0x0015, 0x7f01]).literal, 0x7f01_0000);
        assert_eq!(one(&[0x0019, 0x4000]).literal, 0x4000_0000_0000_0000);
        assert_eq!(one(&[0x0018, 1, 0, 0, 0x8000]).literal, i64::MIN + 1);
    }

    #[test]
    fn an_invocation_lists_its_registers_in_order() {
        let insn = one(&[0x5d6e, 0x0007, 0xba98]);
        assert_eq!(insn.args.iter().collect::<Vec<_>>(), [8, 9, 10, 11, 13]);
        assert_eq!((insn.index, insn.units), (7, 3));
        let range = one(&[0x0374, 0x0009, 0x0100]);
        assert_eq!(range.args.iter().collect::<Vec<_>>(), [256, 257, 258]);
    }

    #[test]
    fn a_polymorphic_call_has_two_indexes() {
        let insn = one(&[0x20fa, 0x0001, 0x0032, 0x0004]);
        assert_eq!((insn.index, insn.proto, insn.units), (1, 4, 4));
    }

    #[test]
    fn every_used_opcode_decodes_and_a_cut_one_is_truncated() {
        for opcode in 0..=255u8 {
            let code = [opcode, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            match decode(&code, 0) {
                Ok(Item::Insn(insn)) => {
                    let cut = &code[..insn.units as usize * 2 - 1];
                    assert_eq!(decode(cut, 0).err(), Some(CodeFault::Truncated), "{opcode:02x}");
                }
                Ok(Item::Payload(_)) => unreachable!(),
                Err(fault) => {
                    assert_eq!(fault, CodeFault::UnknownOpcode);
                    assert!(
                        matches!(opcode, 0x3e..=0x43 | 0x73 | 0x79 | 0x7a | 0xe3..=0xf9),
                        "{opcode:02x}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_payload_that_claims_four_billion_elements_is_refused() {
        let code = [0x00, 0x03, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0];
        assert_eq!(decode(&code, 0).err(), Some(CodeFault::BadPayload));
    }

    #[test]
    fn a_wide_operand_needs_the_register_after_it() {
        let insn = one(&[0x0316, 0x0001]);
        assert!(insn.registers_fit(5));
        assert!(!insn.registers_fit(4));
    }
}
