//! Which methods a fact can matter to: others need not be entered.

use super::fact::{Base, Elem};
use super::run::Run;
use super::scope::Lasting;
use crate::ir::MethodId;

impl Run<'_, '_> {
    /// Whether a method or one that it calls touches what the base stands for.
    pub(crate) fn touches(&mut self, base: Base, method: MethodId) -> bool {
        match base {
            Base::Static(field) => self.is_touched(Lasting::Static(field), method),
            Base::Store(kind, _) => self.is_touched(Lasting::Store(kind), method),
            _ => true,
        }
    }

    /// Whether a method or one that it calls may have put there what the base stands for.
    pub(crate) fn fills(&mut self, base: Base, method: MethodId) -> bool {
        match base {
            Base::Static(field) if self.scope.is_many(field) => {
                self.is_touched(Lasting::Stores(field), method)
            }
            _ => self.touches(base, method),
        }
    }

    /// Whether to follow what an object holds in this field into a method: not into code that is not asked, unless it comes back
    /// to the field.
    pub(crate) fn concerns(&mut self, step: Option<Elem>, method: MethodId) -> bool {
        match step {
            Some(Elem::Field(field)) if self.scope.is_outside(method) => {
                self.is_touched(Lasting::Field(field), method)
            }
            _ => true,
        }
    }

    fn is_touched(&mut self, lasting: Lasting, method: MethodId) -> bool {
        if let Some(known) = self.touching.get(&lasting) {
            return known.contains(&method);
        }
        let found = self.scope.touching(lasting);
        // Counted in every run, also where another has found it: what a run costs must not depend on the others.
        self.work = self.work.saturating_add(found.len());
        let touched = found.contains(&method);
        self.touching.insert(lasting, found);
        touched
    }
}
