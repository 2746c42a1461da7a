//! What instructions compare or compute, which statements do not say.

use dex::Code;
use rustc_hash::FxHashMap;

use crate::app::App;
use crate::ir::MethodId;

/// By code unit the opcode and literal of an instruction.
pub(crate) type Operations = FxHashMap<u32, (u8, i64)>;

/// The opcode and literal of each branch and computation of a method.
pub(crate) fn operations(app: &App<'_>, method: MethodId) -> Operations {
    let Some((part, def)) = app.tables.definition(method) else {
        return Operations::default();
    };
    let Ok(code) = Code::parse(&part.dex, def.code) else {
        return Operations::default();
    };
    let insns = code.instructions();
    let wanted = insns.filter(|insn| matches!(insn.op, 0x21 | 0x31..=0x3d | 0x90..=0xe2));
    wanted.map(|insn| (insn.at, (insn.op, insn.literal))).collect()
}

/// How a branch compares: equal, not equal, less, not less, greater, not greater; none for a switch.
pub(crate) fn comparison(op: u8) -> Option<u8> {
    match op {
        0x32..=0x37 => Some(op - 0x32),
        0x38..=0x3d => Some(op - 0x38),
        _ => None,
    }
}

/// Whether a comparison of two numbers holds.
pub(crate) fn holds(comparison: u8, one: i64, other: i64) -> bool {
    match comparison {
        0 => one == other,
        1 => one != other,
        2 => one < other,
        3 => one >= other,
        4 => one > other,
        _ => one <= other,
    }
}

/// What and, or and exclusive or of two numbers is.
pub(crate) fn combined(op: u8, one: i64, other: i64) -> Option<i64> {
    match op {
        0x95 | 0xb5 | 0xd5 | 0xdd => Some(one & other),
        0x96 | 0xb6 | 0xd6 | 0xde => Some(one | other),
        0x97 | 0xb7 | 0xd7 | 0xdf => Some(one ^ other),
        _ => None,
    }
}
