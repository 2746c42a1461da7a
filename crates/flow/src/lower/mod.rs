//! Dalvik code to statements.

mod calls;

use dex::{Code, CodeFault, Dex, Insn, Try, ACC_STATIC};
use rustc_hash::FxHashSet;

use crate::draft::Draft;
use crate::ir::{At, Body, ClassId, Constant, FieldId, Local, MethodId, Stmt};
use crate::program::{Tables, NONE};
use crate::rows::RowTables;

/// Most edges of one body for each of its code units: handlers of exceptions multiply with what they guard.
const MOST_EDGES: u64 = 64;

/// A body, and what of the code it cannot say.
#[derive(Debug, Default)]
pub(crate) struct Lowered {
    pub body: Body,
    /// Calls whose method is chosen by code that ran before (`invoke-custom`, `invoke-polymorphic`).
    pub dynamic: u32,
}

/// Code units and handlers that may still be read of each DEX.
#[derive(Debug)]
pub(crate) struct Budgets(Vec<u64>);

impl Budgets {
    pub(crate) fn new(tables: &Tables<'_>) -> Self {
        let parts = tables.package.parts().iter();
        Budgets(parts.map(|part| part.dex.budget()).collect())
    }
}

/// The statements of a method; none when the package has no code for it.
pub(crate) fn lower(
    tables: &mut Tables<'_>,
    rows: &mut RowTables,
    budgets: &mut Budgets,
    method: MethodId,
) -> Result<Option<Lowered>, CodeFault> {
    let Some((part, def)) = tables.definition(method) else {
        return Ok(None);
    };
    if def.code == 0 {
        return Ok(None);
    }
    let dex = part.dex.clone();
    let number = tables
        .method_row(method)
        .and_then(|row| row.def)
        .map_or(0, |(number, _)| number as usize);
    let code = Code::parse(&dex, def.code)?;
    let budget = budgets.0.get_mut(number).ok_or(CodeFault::Repeated)?;
    let insns = code.checked(budget)?;
    let mut tries = match code.has_tries() {
        true => code.tries(&dex, budget)?,
        false => Vec::new(),
    };
    tries.sort_by_key(|guarded| guarded.start);
    let registers = u32::from(code.registers);
    let params = parameters(&dex, &code, def.method, def.access & ACC_STATIC != 0)?;
    let initialised = begun(tables, method);
    let mut lowering = Lowering {
        tables,
        rows,
        dex: &dex,
        number,
        draft: Draft::new(registers, params),
        initialised,
        unset: None,
        dynamic: 0,
    };
    let mut firsts = Vec::with_capacity(insns.len());
    let mut throwing = Vec::new();
    let mut skip = false;
    for (position, insn) in insns.iter().enumerate() {
        lowering.draft.unit = insn.at;
        firsts.push(lowering.draft.here());
        if std::mem::take(&mut skip) {
            lowering.draft.push(Stmt::Nop);
            continue;
        }
        let result = insns
            .get(position + 1)
            .filter(|after| matches!(after.op, 0x0a..=0x0c))
            .map(|after| Local::from(after.a));
        skip = result.is_some() && takes_result(insn);
        let at = lowering.insn(insn, result)?;
        if !tries.is_empty() && may_throw(insn.op) {
            throwing.push((at, insn.at));
        }
    }
    let dynamic = lowering.dynamic;
    let mut draft = lowering.draft;
    let mut edges = u64::from(code.units()) * MOST_EDGES + 1024;
    let place = |unit: u32| {
        let position = insns.binary_search_by_key(&unit, |insn| insn.at).ok();
        position.and_then(|position| firsts.get(position).copied())
    };
    lead_branches(&mut draft, (&code, &insns), &firsts, &place, &mut edges)?;
    for (at, unit) in throwing {
        let handlers = guard(&tries, unit).map_or(&[][..], |guarded| &guarded.handlers);
        edges = edges
            .checked_sub(handlers.len() as u64)
            .ok_or(CodeFault::BadHandler)?;
        let mut places = Vec::with_capacity(handlers.len());
        for handler in handlers {
            places.push(place(*handler).ok_or(CodeFault::BadBranch)?);
        }
        places.truncate(64);
        draft.lead_also(at, places.into_iter());
    }
    let body = draft.finish();
    Ok(Some(Lowered { body, dynamic }))
}

fn lead_branches(
    draft: &mut Draft,
    (code, insns): (&Code<'_>, &[Insn]),
    firsts: &[At],
    place: &dyn Fn(u32) -> Option<At>,
    edges: &mut u64,
) -> Result<(), CodeFault> {
    for (position, insn) in insns.iter().enumerate() {
        let at = firsts.get(position).copied().unwrap_or(0);
        let after = firsts.get(position + 1).copied();
        if insn.is_branch() {
            let target = insn.target().and_then(place).ok_or(CodeFault::BadBranch)?;
            let falls = after.filter(|_| !insn.ends_block());
            let mut to: Vec<At> = falls.into_iter().collect();
            if !to.contains(&target) {
                to.push(target);
            }
            draft.lead(at, to);
        } else if insn.is_switch() {
            let mut to: Vec<At> = Vec::new();
            for target in code.switch_targets(insn).ok_or(CodeFault::BadPayload)? {
                *edges = edges.checked_sub(1).ok_or(CodeFault::BadPayload)?;
                to.push(target.and_then(place).ok_or(CodeFault::BadBranch)?);
            }
            to.sort_unstable();
            to.dedup();
            to.retain(|target| Some(*target) != after);
            draft.lead(at, after.into_iter().chain(to).collect());
        }
    }
    Ok(())
}

fn guard(tries: &[Try], unit: u32) -> Option<&Try> {
    let after = tries.partition_point(|guarded| guarded.start <= unit);
    let guarded = tries.get(after.checked_sub(1)?)?;
    (guarded.end > unit).then_some(guarded)
}

fn takes_result(insn: &Insn) -> bool {
    insn.is_invoke() || matches!(insn.op, 0x24 | 0x25 | 0xfc | 0xfd)
}

fn may_throw(op: u8) -> bool {
    matches!(op, 0x1f | 0x21..=0x27 | 0x44..=0x78 | 0x93 | 0x94 | 0x9e | 0x9f | 0xb3 | 0xb4 | 0xbe | 0xbf
        | 0xd3 | 0xd4 | 0xdb | 0xdc | 0xfa..=0xfd)
}

fn parameters(dex: &Dex<'_>, code: &Code<'_>, row: u32, fixed: bool) -> Result<Vec<Local>, CodeFault> {
    let mut params = Vec::new();
    let mut at = u32::from(code.registers) - u32::from(code.ins);
    if !fixed {
        params.push(at);
        at += 1;
    }
    let proto = dex.method(row).ok_or(CodeFault::BadIndex)?.kind;
    for kind in dex.parameters(proto).iter() {
        params.push(at);
        at += 1 + u32::from(dex.is_wide(kind));
    }
    if at > u32::from(code.registers) {
        return Err(CodeFault::BadRegister);
    }
    Ok(params)
}

/// The classes whose initialisers began before any of their methods runs.
fn begun(tables: &Tables<'_>, method: MethodId) -> FxHashSet<ClassId> {
    let class = tables.method_row(method).map(|row| row.class);
    class.into_iter().flat_map(|class| tables.above(class)).collect()
}

/// One method while it is lowered.
struct Lowering<'l, 'a> {
    tables: &'l mut Tables<'a>,
    rows: &'l mut RowTables,
    dex: &'l Dex<'a>,
    number: usize,
    draft: Draft,
    /// Classes whose initialiser the body already calls.
    initialised: FxHashSet<ClassId>,
    /// The local that nothing sets.
    unset: Option<Local>,
    dynamic: u32,
}

impl Lowering<'_, '_> {
    /// Adds the statements of an instruction and answers which of them may throw.
    fn insn(&mut self, insn: &Insn, result: Option<Local>) -> Result<At, CodeFault> {
        let (a, b, c) = (Local::from(insn.a), Local::from(insn.b), Local::from(insn.c));
        let stmt = match insn.op {
            0x01..=0x09 => Stmt::Move { to: a, from: b },
            0x0d => Stmt::Catch { to: a },
            0x0e => Stmt::Return { value: None },
            0x0f..=0x11 => Stmt::Return { value: Some(a) },
            0x12..=0x19 => Stmt::Const {
                to: a,
                value: Constant::Number(insn.literal),
            },
            0x1a | 0x1b => {
                let text = self.tables.texts.of_row(self.number as u32, self.dex, insn.index);
                Stmt::Const {
                    to: a,
                    value: Constant::Text(text),
                }
            }
            0x1c => Stmt::Const {
                to: a,
                value: Constant::Class(self.class(insn.index)?),
            },
            0x1f => Stmt::Cast {
                of: a,
                class: self.class(insn.index)?,
            },
            0x22 => {
                let class = self.class(insn.index)?;
                self.initialise(class);
                Stmt::New { to: a, class }
            }
            0x23 => Stmt::New {
                to: a,
                class: self.class(insn.index)?,
            },
            0x24 | 0x25 => return self.filled_array(insn, result),
            0x27 => Stmt::Throw { value: a },
            0x2b | 0x2c | 0x38..=0x3d => Stmt::Branch { on: [Some(a), None] },
            0x32..=0x37 => Stmt::Branch {
                on: [Some(a), Some(b)],
            },
            0x44..=0x4a => Stmt::LoadElement {
                to: a,
                array: b,
                index: c,
            },
            0x4b..=0x51 => Stmt::StoreElement {
                array: b,
                index: c,
                from: a,
            },
            0x52..=0x58 => Stmt::Load {
                to: a,
                object: b,
                field: self.field(insn.index)?,
            },
            0x59..=0x5f => Stmt::Store {
                object: b,
                field: self.field(insn.index)?,
                from: a,
            },
            0x60..=0x66 => {
                let field = self.static_field(insn.index)?;
                Stmt::LoadStatic { to: a, field }
            }
            0x67..=0x6d => {
                let field = self.static_field(insn.index)?;
                Stmt::StoreStatic { field, from: a }
            }
            0x20 | 0x21 | 0x7b..=0x8f | 0xd0..=0xe2 => compute(a, Some(b), None),
            0x2d..=0x31 | 0x90..=0xaf => compute(a, Some(b), Some(c)),
            0xb0..=0xcf => compute(a, Some(a), Some(b)),
            0xfe | 0xff => compute(a, None, None),
            0xfc | 0xfd => {
                self.dynamic += 1;
                let mut args = insn.args.iter().map(Local::from);
                match result {
                    Some(to) => compute(to, args.next(), args.next()),
                    None => Stmt::Nop,
                }
            }
            _ if insn.is_invoke() => return self.invoke(insn, result),
            _ => Stmt::Nop,
        };
        Ok(self.draft.push(stmt))
    }

    fn filled_array(&mut self, insn: &Insn, result: Option<Local>) -> Result<At, CodeFault> {
        let class = self.class(insn.index)?;
        let array = self.draft.local();
        let index = self.draft.local();
        let first = self.draft.push(Stmt::New { to: array, class });
        for (position, register) in insn.args.iter().enumerate() {
            self.draft.push(Stmt::Const {
                to: index,
                value: Constant::Number(position as i64),
            });
            self.draft.push(Stmt::StoreElement {
                array,
                index,
                from: Local::from(register),
            });
        }
        if let Some(to) = result {
            self.draft.push(Stmt::Move { to, from: array });
        }
        Ok(first)
    }

    fn class(&self, row: u32) -> Result<ClassId, CodeFault> {
        self.tables.class_of(self.number, row).ok_or(CodeFault::BadIndex)
    }

    fn field(&self, row: u32) -> Result<FieldId, CodeFault> {
        let fields = self.tables.rows.get(self.number).map(|rows| &rows.fields);
        let field = fields.and_then(|fields| fields.get(row as usize)).copied();
        field
            .filter(|field| *field != NONE)
            .map(FieldId)
            .ok_or(CodeFault::BadIndex)
    }

    fn static_field(&mut self, row: u32) -> Result<FieldId, CodeFault> {
        let field = self.field(row)?;
        if let Some((class, _, _)) = self.tables.field_row(field) {
            self.initialise(class);
        }
        Ok(field)
    }

    /// Using a class runs its initialiser and those of its superclasses, once.
    fn initialise(&mut self, class: ClassId) {
        let mut next = Some(class);
        while let Some(class) = next.filter(|class| self.initialised.insert(*class)) {
            if let Some(method) = self.tables.initialiser(class) {
                self.draft.push(calls::plain(method, Vec::new()));
            }
            next = self
                .tables
                .class_row(class)
                .filter(|row| row.def.is_some())
                .and_then(|row| row.supers.first().copied());
        }
    }
}

fn compute(to: Local, one: Option<Local>, other: Option<Local>) -> Stmt {
    Stmt::Compute {
        to,
        from: [one, other],
    }
}
