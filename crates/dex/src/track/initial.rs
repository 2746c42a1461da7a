//! What class initialisers put into static final fields.

use std::collections::HashMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::class::{Members, ACC_FINAL};
use crate::code::Code;
use crate::mutf8;
use crate::package::ClassRef;
use crate::query::Value;
use crate::MethodDef;

use super::render::{self, Painter};
use super::{CallValues, Tracker};

/// The fields of the classes whose initialisers were followed so far, as the boundary writes them.
#[derive(Default)]
pub(super) struct Initial {
    followed: FxHashSet<ClassRef>,
    values: HashMap<String, Value>,
}

impl<'a> Tracker<'_, 'a> {
    /// Puts in place of each static field what its class initialiser left there.
    pub(super) fn fill(&mut self, group: u32, call: &mut CallValues) {
        for value in call.on.iter_mut().chain(&mut call.args) {
            self.fill_value(group, value);
        }
    }

    fn fill_value(&mut self, group: u32, value: &mut Value) {
        match value {
            Value::Any { v } | Value::Array { v } | Value::Call { a: v, .. } => {
                v.iter_mut().for_each(|part| self.fill_value(group, part));
            }
            Value::Field { v } => {
                if let Some(initial) = self.initial_value(group, v) {
                    *value = initial;
                }
            }
            _ => {}
        }
    }

    fn initial_value(&mut self, group: u32, field: &str) -> Option<Value> {
        let (class, _) = field.split_once("->")?;
        let class = self.package.class(group, &mutf8::encode(class))?;
        if self.initial.followed.insert(class) {
            if let Some(found) = self.follow_initialiser(class) {
                self.initial.values.extend(found);
            }
        }
        let value = self.initial.values.get(field)?;
        // A field may be read at every call, and what it holds is copied each time.
        self.text_left = self.text_left.checked_sub(weight(value))?;
        Some(value.clone())
    }

    fn follow_initialiser(&mut self, class: ClassRef) -> Option<Vec<(String, Value)>> {
        let (part, def) = self.package.definition(class)?;
        let dex = &part.dex;
        let named = |method: &&MethodDef| {
            dex.method(method.method)
                .is_some_and(|row| dex.name(row.name) == Some(b"<clinit>"))
        };
        let method = part.methods_of(class.def).iter().find(named)?;
        let code = Code::parse(dex, method.code).ok()?;
        // Classes that share one initialiser would otherwise cost the square of the file's size.
        self.total = self.total.checked_sub(u64::from(code.units()))?;
        let constant: FxHashSet<u32> = Members::open(dex, &def, &mut self.total)?
            .statics(&def)
            .into_iter()
            .filter(|field| field.access & ACC_FINAL != 0)
            .map(|field| field.field)
            .collect();
        let mut stores: FxHashMap<u32, Option<u32>> = FxHashMap::default();
        for insn in code.instructions() {
            if matches!(insn.op, 0x67..=0x6d) && constant.contains(&insn.index) {
                // Of two values by branch neither is sure.
                let store = stores.entry(insn.index).or_insert(Some(insn.at));
                *store = store.filter(|at| *at == insn.at);
            }
        }
        let places: Vec<u32> = stores.values().flatten().copied().collect();
        let (known, complete) = self.known(part, method, &code, &places);
        if !complete {
            return None;
        }
        let mut painter = Painter::new(dex, &self.arena, &mut self.text_left);
        let mut found = Vec::new();
        for (field, at) in stores {
            let stored = at.and_then(|at| known.get(&at)?.as_ref()?.args.first());
            if let (Some(id), Some(row)) = (stored, dex.field(field)) {
                let value = render::stored(&mut painter, *id, row.kind);
                if value != Value::Unknown {
                    found.push((dex.field_text(field), value));
                }
            }
        }
        Some(found)
    }
}

/// About how many bytes a copy of a value holds.
fn weight(value: &Value) -> usize {
    std::mem::size_of::<Value>()
        + match value {
            Value::Any { v } | Value::Array { v } => v.iter().map(weight).sum(),
            Value::Call { v, a } => v.len() + a.iter().map(weight).sum::<usize>(),
            Value::Str { v } | Value::Class { v } | Value::Field { v } | Value::New { v } => v.len(),
            _ => 0,
        }
}
