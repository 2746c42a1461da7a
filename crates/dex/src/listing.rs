//! Instructions as text, for a reader who wants to see what a find is about.

use std::fmt::Write;

use crate::code::Code;
use crate::insn::{decode, Insn, Item};
use crate::mutf8;
use crate::opcode::{Format, Refers};
use crate::tables::Dex;

/// Longest line, in characters.
const MOST_CHARACTERS: usize = 160;
/// Lines before and after the instruction.
const BEFORE: usize = 4;
const AFTER: usize = 2;

/// The instructions around one of them, one to a line: `001a: invoke-virtual {v0}, La/B;->c()V`. `starts` has the place of
/// every instruction of the method, `here` is a position in it. Also answers how many bytes were put together before the
/// lines were cut.
pub(crate) fn excerpt(dex: &Dex<'_>, code: &Code<'_>, starts: &[u32], here: usize) -> (Vec<String>, usize) {
    let end = here.saturating_add(AFTER + 1).min(starts.len());
    let around = starts.get(here.saturating_sub(BEFORE)..end).unwrap_or_default();
    let mut built = 0;
    let mut lines = Vec::with_capacity(around.len());
    for &at in around {
        if let Ok(Item::Insn(insn)) = decode(code.insns(), at) {
            let mut text = line(dex, &insn);
            built += text.len();
            if let Some((end, _)) = text.char_indices().nth(MOST_CHARACTERS) {
                let cut = text[..end].char_indices().last().map_or(0, |(last, _)| last);
                text.truncate(cut);
                text.push('…');
            }
            lines.push(text);
        }
    }
    (lines, built)
}

fn line(dex: &Dex<'_>, insn: &Insn) -> String {
    let mut text = format!("{:04x}: {}", insn.at, insn.opcode().name);
    let operands = operands(dex, insn);
    if !operands.is_empty() {
        text.push(' ');
        text.push_str(&operands.join(", "));
    }
    text
}

fn operands(dex: &Dex<'_>, insn: &Insn) -> Vec<String> {
    use Format::*;
    let mut parts = Vec::new();
    let register = |number: u16| format!("v{number}");
    match insn.opcode().format {
        F10x | F10t | F20t | F30t | Unused => {}
        F12x | F22x | F22t | F22s | F22c | F32x | F22b => parts.extend([insn.a, insn.b].map(register)),
        F23x => parts.extend([insn.a, insn.b, insn.c].map(register)),
        F35c | F3rc | F45cc | F4rcc => parts.push(arguments(insn)),
        F11n | F11x | F21t | F21s | F21h | F21c | F31t | F31i | F31c | F51l => parts.push(register(insn.a)),
    }
    match insn.opcode().format {
        F10t | F20t | F30t | F21t | F22t | F31t => {
            parts.push(
                insn.target()
                    .map_or_else(|| ":?".to_owned(), |target| format!(":{target:04x}")),
            );
        }
        F11n | F21s | F21h | F31i | F51l | F22s | F22b => parts.push(number(insn.literal)),
        _ => {}
    }
    let index = insn.index;
    match insn.opcode().refers {
        Refers::Nothing => {}
        Refers::String => parts.push(quoted(dex, index)),
        Refers::Type => parts.push(dex.type_text(index)),
        Refers::Field => parts.push(dex.field_text(index)),
        Refers::Method => parts.push(dex.method_text(index)),
        Refers::Proto => parts.push(dex.proto_text(index)),
        Refers::CallSite => parts.push(format!("call_site@{index}")),
        Refers::MethodHandle => parts.push(format!("method_handle@{index}")),
    }
    if matches!(insn.opcode().format, F45cc | F4rcc) {
        parts.push(dex.proto_text(insn.proto));
    }
    parts
}

fn arguments(insn: &Insn) -> String {
    let args = insn.args;
    match (args.get(0), args.get(args.len().wrapping_sub(1))) {
        (Some(first), Some(last)) if args.is_range() => format!("{{v{first} .. v{last}}}"),
        _ => {
            let mut text = String::from("{");
            for (position, register) in args.iter().enumerate() {
                let comma = if position == 0 { "" } else { ", " };
                // Writing to a string cannot fail.
                let _ = write!(text, "{comma}v{register}");
            }
            text.push('}');
            text
        }
    }
}

fn number(literal: i64) -> String {
    if literal < 0 {
        format!("-{:#x}", literal.unsigned_abs())
    } else {
        format!("{literal:#x}")
    }
}

fn quoted(dex: &Dex<'_>, index: u32) -> String {
    // A cut inside a character only garbles what the line's own cut removes.
    let bytes = dex.string_start(index, 4 * MOST_CHARACTERS);
    format!("{:?}", mutf8::decode(bytes.unwrap_or_default()))
}
