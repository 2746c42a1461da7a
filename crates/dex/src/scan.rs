//! The one pass over the code of a method: every instruction is decoded and checked, and those asked for are noted.

use crate::code::Code;
use crate::insn::{array_data, decode, switch_branches, Insn, Item};
use crate::opcode::Refers;
use crate::tables::Dex;
use crate::CodeFault;

/// For each row of each table whether a question asks for it.
#[derive(Default)]
pub(crate) struct Marks {
    pub strings: Vec<bool>,
    pub fields: Vec<bool>,
    pub methods: Vec<bool>,
    pub call_sites: Vec<bool>,
    pub types: u32,
    pub protos: u32,
    pub handles: u32,
}

impl Marks {
    /// No row is asked for, but the sizes of the tables are known.
    pub(crate) fn none(dex: &Dex<'_>) -> Self {
        let blank = |count: u32| vec![false; count as usize];
        Marks {
            strings: blank(dex.strings()),
            fields: blank(dex.fields()),
            methods: blank(dex.methods()),
            call_sites: blank(dex.call_sites()),
            types: dex.types(),
            protos: dex.protos(),
            handles: dex.method_handles(),
        }
    }

    /// Whether the row an instruction refers to is asked for; `None` when there is no such row.
    #[inline]
    fn asks(&self, insn: &Insn) -> Option<bool> {
        let index = insn.index as usize;
        let within = |count: u32| (insn.index < count).then_some(false);
        match insn.opcode().refers {
            Refers::Nothing => Some(false),
            Refers::String => self.strings.get(index).copied(),
            Refers::Field => self.fields.get(index).copied(),
            Refers::Method => self.methods.get(index).copied(),
            Refers::CallSite => self.call_sites.get(index).copied(),
            Refers::Type => within(self.types),
            Refers::Proto => within(self.protos),
            Refers::MethodHandle => within(self.handles),
        }
    }
}

/// Buffers and budget that one DEX uses for all its methods.
pub(crate) struct Scanner {
    /// Code units, branches and handlers that may still be looked at: methods that share code would otherwise cost the
    /// square of the file's size.
    budget: u64,
    starts: Vec<u64>,
    branches: Vec<u32>,
    /// The instructions asked for in the last method scanned.
    pub hits: Vec<Insn>,
}

impl Scanner {
    pub(crate) fn new(dex: &Dex<'_>) -> Self {
        Scanner {
            budget: dex.budget(),
            starts: Vec::new(),
            branches: Vec::new(),
            hits: Vec::new(),
        }
    }

    fn spend(&mut self, cost: u64) -> Result<(), CodeFault> {
        self.budget = self.budget.checked_sub(cost).ok_or(CodeFault::Repeated)?;
        Ok(())
    }

    /// Checks the code of a method, fills `hits` and answers how many instructions it has.
    pub(crate) fn scan<'a>(
        &mut self,
        dex: &Dex<'a>,
        code: &Code<'a>,
        marks: &Marks,
    ) -> Result<u32, CodeFault> {
        let (insns, units) = (code.insns(), code.units());
        self.hits.clear();
        self.branches.clear();
        self.spend(u64::from(units))?;
        self.starts.clear();
        self.starts.resize(units as usize / 64 + 1, 0);
        let (mut at, mut count) = (0u32, 0u32);
        while at < units {
            let insn = match decode(insns, at)? {
                Item::Insn(insn) => insn,
                Item::Payload(size) => {
                    at += size;
                    continue;
                }
            };
            if !insn.registers_fit(code.registers) {
                return Err(CodeFault::BadRegister);
            }
            match marks.asks(&insn) {
                Some(false) => {}
                Some(true) => self.hits.push(insn),
                None => return Err(CodeFault::BadIndex),
            }
            if matches!(insn.op, 0xfa | 0xfb) && insn.proto >= marks.protos {
                return Err(CodeFault::BadIndex);
            }
            self.starts[at as usize / 64] |= 1 << (at % 64);
            self.note_branches(insns, &insn)?;
            at += insn.units;
            count += 1;
        }
        if code.has_tries() {
            for guarded in code.tries(dex, &mut self.budget)? {
                self.branches.extend(guarded.handlers);
            }
        }
        if self.branches.iter().all(|&target| self.is_start(target)) {
            Ok(count)
        } else {
            Err(CodeFault::BadBranch)
        }
    }

    fn is_start(&self, at: u32) -> bool {
        self.starts
            .get(at as usize / 64)
            .is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    #[inline]
    fn note_branches(&mut self, insns: &[u8], insn: &Insn) -> Result<(), CodeFault> {
        if insn.is_branch() {
            self.branches.push(insn.target().ok_or(CodeFault::BadBranch)?);
        } else if insn.op == 0x26 {
            let table = insn.target().and_then(|at| array_data(insns, at));
            table.ok_or(CodeFault::BadPayload)?;
        } else if insn.is_switch() {
            let table = insn.target().and_then(|at| switch_branches(insns, insn.op, at));
            for branch in table.ok_or(CodeFault::BadPayload)? {
                self.spend(1)?;
                self.branches
                    .push(insn.at.checked_add_signed(branch).ok_or(CodeFault::BadBranch)?);
            }
        }
        Ok(())
    }
}
