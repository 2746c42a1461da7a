//! The code item of one method: its frame, instructions, exception handlers and line numbers.

use crate::bytes::{u16_at, u32_at, Cursor};
use crate::insn::{decode, switch_branches, Insn, Item};
use crate::tables::Dex;
use crate::CodeFault;

/// A range of code guarded by handlers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// First code unit guarded.
    pub start: u32,
    /// First code unit no longer guarded.
    pub end: u32,
    /// Where the handlers begin.
    pub handlers: Vec<u32>,
}

/// The code item of one method.
#[derive(Clone, Copy, Debug)]
pub struct Code<'a> {
    /// Size of the frame in registers.
    pub registers: u16,
    /// How many of them, the last ones, hold the arguments.
    pub ins: u16,
    tries: u16,
    debug: u32,
    insns: &'a [u8],
    tail: usize,
}

impl<'a> Code<'a> {
    /// Reads the code item at `offset`.
    pub fn parse(dex: &Dex<'a>, offset: u32) -> Result<Self, CodeFault> {
        let bytes = dex.bytes();
        let at = offset as usize;
        let head = |n: usize| u16_at(bytes, at + n).ok_or(CodeFault::Truncated);
        let word = |n: usize| u32_at(bytes, at + n).ok_or(CodeFault::Truncated);
        let (registers, ins, tries) = (head(0)?, head(2)?, head(6)?);
        let length = (word(12)? as usize).checked_mul(2).ok_or(CodeFault::Truncated)?;
        let start = at + 16;
        let end = start.checked_add(length).ok_or(CodeFault::Truncated)?;
        let insns = bytes.get(start..end).ok_or(CodeFault::Truncated)?;
        if ins > registers {
            return Err(CodeFault::BadRegister);
        }
        // Tries are aligned to four bytes from the start of the file, as the code item itself is.
        let tail = end + if length % 4 == 0 { 0 } else { 2 };
        Ok(Code {
            registers,
            ins,
            tries,
            debug: word(8)?,
            insns,
            tail,
        })
    }

    /// The instructions as bytes, two to a code unit.
    pub(crate) fn insns(&self) -> &'a [u8] {
        self.insns
    }

    /// Length in code units.
    pub fn units(&self) -> u32 {
        (self.insns.len() / 2) as u32
    }

    /// All instructions in order, up to the first that cannot be decoded; payloads are left out.
    pub fn instructions(&self) -> impl Iterator<Item = Insn> + 'a {
        let (insns, units) = (self.insns, self.units());
        let mut at = 0;
        std::iter::from_fn(move || {
            while at < units {
                match decode(insns, at).ok()? {
                    Item::Insn(insn) => {
                        at += insn.units;
                        return Some(insn);
                    }
                    Item::Payload(size) => at += size,
                }
            }
            None
        })
    }

    /// Every instruction in order, payloads left out; an error when any cannot be decoded or names a register outside the
    /// frame. `budget` counts the code units that may still be read from this file.
    pub fn checked(&self, budget: &mut u64) -> Result<Vec<Insn>, CodeFault> {
        *budget = budget
            .checked_sub(u64::from(self.units()))
            .ok_or(CodeFault::Repeated)?;
        let mut all = Vec::with_capacity(self.units() as usize / 2 + 1);
        let mut at = 0;
        while at < self.units() {
            match decode(self.insns, at)? {
                Item::Insn(insn) if !insn.registers_fit(self.registers) => {
                    return Err(CodeFault::BadRegister)
                }
                Item::Insn(insn) => {
                    at += insn.units;
                    all.push(insn);
                }
                Item::Payload(size) => at += size,
            }
        }
        Ok(all)
    }

    /// The code units that a switch may lead to, besides the next instruction; none when its table is broken.
    pub fn switch_targets(&self, insn: &Insn) -> Option<impl Iterator<Item = Option<u32>> + 'a> {
        let at = insn.at;
        let branches = switch_branches(self.insns, insn.op, insn.target()?)?;
        Some(branches.map(move |branch| at.checked_add_signed(branch)))
    }

    /// Whether any code is guarded.
    pub fn has_tries(&self) -> bool {
        self.tries > 0
    }

    /// The guarded ranges. `budget` counts the ranges and handlers that may still be read from this file.
    pub fn tries(&self, dex: &Dex<'a>, budget: &mut u64) -> Result<Vec<Try>, CodeFault> {
        let bytes = dex.bytes();
        let lists = self.tail + usize::from(self.tries) * 8;
        let mut all = Vec::new();
        for row in 0..usize::from(self.tries) {
            *budget = budget.checked_sub(1).ok_or(CodeFault::Repeated)?;
            let at = self.tail + row * 8;
            let (Some(start), Some(count), Some(list)) =
                (u32_at(bytes, at), u16_at(bytes, at + 4), u16_at(bytes, at + 6))
            else {
                return Err(CodeFault::Truncated);
            };
            let end = start
                .checked_add(u32::from(count))
                .filter(|end| *end <= self.units());
            let end = end.ok_or(CodeFault::BadHandler)?;
            let mut cursor = Cursor::new(bytes, lists + usize::from(list));
            let handlers = handlers(&mut cursor, budget)?;
            all.push(Try { start, end, handlers });
        }
        Ok(all)
    }

    /// Pairs of first code unit and source line, in the order of the code. `left` counts the steps the line program may take.
    pub(crate) fn lines(&self, dex: &Dex<'a>, left: &mut u64) -> Vec<(u32, u32)> {
        let mut lines = Vec::new();
        if self.debug != 0 {
            // A line program that breaks off keeps the lines before the break.
            let _ = run_line_program(&mut dex.cursor(self.debug), left, &mut lines);
        }
        lines
    }
}

fn handlers(cursor: &mut Cursor<'_>, budget: &mut u64) -> Result<Vec<u32>, CodeFault> {
    let size = cursor.sleb().ok_or(CodeFault::BadHandler)?;
    let mut handlers = Vec::new();
    for _ in 0..size.unsigned_abs() {
        *budget = budget.checked_sub(1).ok_or(CodeFault::Repeated)?;
        cursor.uleb().ok_or(CodeFault::BadHandler)?;
        handlers.push(cursor.uleb().ok_or(CodeFault::BadHandler)?);
    }
    if size <= 0 {
        handlers.push(cursor.uleb().ok_or(CodeFault::BadHandler)?);
    }
    Ok(handlers)
}

fn run_line_program(cursor: &mut Cursor<'_>, left: &mut u64, lines: &mut Vec<(u32, u32)>) -> Option<()> {
    let mut line = i64::from(cursor.uleb()?);
    let mut address = 0u32;
    for _ in 0..cursor.uleb()?.min(255) {
        cursor.uleb()?;
    }
    loop {
        *left = left.checked_sub(1)?;
        match cursor.u8()? {
            0x00 => break,
            0x01 => address = address.checked_add(cursor.uleb()?)?,
            0x02 => line += i64::from(cursor.sleb()?),
            opcode @ 0x03..=0x06 => {
                let operands = match opcode {
                    0x03 => 3,
                    0x04 => 4,
                    _ => 1,
                };
                for _ in 0..operands {
                    cursor.uleb()?;
                }
            }
            0x07 | 0x08 => {}
            0x09 => {
                cursor.uleb()?;
            }
            special => {
                let adjusted = u32::from(special - 0x0a);
                address = address.checked_add(adjusted / 15)?;
                line += i64::from(adjusted % 15) - 4;
                lines.push((address, u32::try_from(line).unwrap_or(0)));
            }
        }
    }
    Some(())
}

/// The line of the instruction at `at`.
pub(crate) fn line_at(lines: &[(u32, u32)], at: u32) -> Option<u32> {
    let after = lines.partition_point(|(start, _)| *start <= at);
    lines
        .get(after.checked_sub(1)?)
        .map(|(_, line)| *line)
        .filter(|line| *line > 0)
}
