//! Texts that code puts together before it hands them to reflection or to an intent.

use dex::{Code, Limits, Tracker, Value};

use crate::ir::{MethodId, TextId};

use super::special::Special;
use super::Solver;

/// Calls that are looked at.
const MOST_ASKED: u32 = 4000;

impl<'a> Solver<'_, 'a> {
    /// Follows the values of calls whose texts are not known through their methods; gives whether that told anything.
    pub(super) fn tell_texts(&mut self) -> bool {
        let first = self.asked;
        self.asked = self.sites.len() as u32;
        let mut asked: Vec<u32> = Vec::new();
        for site in first..self.asked {
            let row = &self.sites[site as usize];
            let wants = matches!(
                row.special,
                Some(Special::ClassOf | Special::Method | Special::Aim)
            );
            if wants && !row.args.is_empty() && asked.len() < MOST_ASKED as usize {
                asked.push(site);
            }
        }
        let mut found: Vec<(u32, usize, String)> = Vec::new();
        let mut tracker = Tracker::new(&self.tables.package, &Limits::default());
        for site in asked {
            let row = &self.sites[site as usize];
            let Some((values, shift)) = self.values(&mut tracker, row.method, row.at, row.sig) else {
                continue;
            };
            for (number, value) in values.into_iter().enumerate() {
                let texts = match value {
                    Value::Str { v } => vec![v],
                    Value::Any { v } => v.into_iter().filter_map(text).collect(),
                    _ => Vec::new(),
                };
                found.extend(texts.into_iter().map(|text| (site, number + shift, text)));
            }
        }
        drop(tracker);
        let mut any = false;
        for (site, number, text) in found {
            let text: TextId = self.tables.texts.made(text);
            let all = self.told.entry((site, number)).or_default();
            if !all.contains(&text) {
                all.push(text);
                any = true;
            }
        }
        if any {
            self.judge_again();
        }
        any
    }

    /// The values of a call's arguments, and how many arguments come before them.
    fn values<'p>(
        &'p self,
        tracker: &mut Tracker<'p, 'a>,
        method: MethodId,
        at: u32,
        sig: crate::program::Sig,
    ) -> Option<(Vec<Value>, usize)> {
        let number = self.tables.method_row(method)?.def?.0;
        let (part, def) = self.tables.definition(method)?;
        let unit = *self.bodies.get(&method)?.units.get(at as usize)?;
        let code = Code::parse(&part.dex, def.code).ok()?;
        let call = tracker.values(number, &def, &code, &[unit]).calls.pop()?;
        let count = self.tables.protos.types(self.tables.sig_row(sig).1).len();
        let insn = code.instructions().find(|insn| insn.at == unit)?;
        let fixed = insn.is_static_invoke();
        let shift = usize::from(!fixed);
        (call.args.len() + 1 == count).then_some((call.args, shift))
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Str { v } => Some(v),
        _ => None,
    }
}
