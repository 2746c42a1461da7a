//! Objects that the platform gets and may call, though no row says how.

use crate::ir::{ClassId, MethodId};
use crate::program::{Sig, NONE};
use crate::sets::Element;

use super::special::Special;
use super::{Operand, Site, Solver};

/// Methods of one class that the platform may call.
const MOST_HOOKS: usize = 256;

impl Solver<'_, '_> {
    /// Makes a site of the field that keeps what the platform got.
    pub(super) fn watch_escapes(&mut self) {
        let Some(node) = self.field_node(self.rows.escaped) else {
            return;
        };
        let site = self.sites.len() as u32;
        self.sites.push(Site {
            method: MethodId(NONE),
            at: 0,
            class: self.tables.object,
            sig: Sig(NONE),
            args: vec![Operand { node, unknown: false }],
            result: NONE,
            special: Some(Special::Escape),
            targets: Vec::new(),
            groups: Vec::new(),
            settled: true,
        });
        if let Some(row) = self.nodes.get_mut(node as usize) {
            row.sites.push(site);
        }
    }

    /// The platform got an object of a class: what the class makes of the platform's methods may run.
    pub(super) fn let_out(&mut self, class: ClassId) {
        if !self.escaped.insert(class) {
            return;
        }
        for method in self.hooks_of(class) {
            self.reach(method);
            self.open(method);
            if let Some(node) = self.param(method, 0) {
                self.add_element(node, Element::Exact(class));
            }
        }
    }

    /// The methods of a class that the platform may call, as far as names and access tell; in ascending order.
    pub(crate) fn hooks_of(&mut self, class: ClassId) -> Vec<MethodId> {
        if let Some(known) = self.hooks.get(&class) {
            return known.clone();
        }
        let found = self.find_hooks(class);
        self.hooks.insert(class, found.clone());
        found
    }

    fn find_hooks(&mut self, class: ClassId) -> Vec<MethodId> {
        const HIDDEN: u32 = dex::ACC_PRIVATE | dex::ACC_STATIC;
        const SEEN: u32 = 0x1 | 0x4;
        let above = self.tables.above(class);
        let mut offers = false;
        for class in &above {
            let supers = self.tables.class_row(*class).filter(|row| row.def.is_some());
            let supers = supers.map_or(&[][..], |row| &row.supers);
            let mut interfaces = supers
                .iter()
                .skip(1)
                .filter_map(|class| self.tables.class_row(*class));
            offers |= interfaces.any(|row| row.def.is_none() && self.rows.is_open(row.name));
        }
        let mut hooks = Vec::new();
        for class in above {
            let methods = self.tables.methods_of(class);
            if hooks.len() > MOST_HOOKS || !self.spend(methods.len() as u64) {
                break;
            }
            for method in methods {
                let Some(row) = self.tables.method_row(method) else {
                    continue;
                };
                let name = self.tables.names.text(self.tables.sig_row(row.sig).0);
                let open = row.access & HIDDEN == 0 && row.access & SEEN != 0 && !name.starts_with('<');
                let asked = offers || self.hook_names.iter().any(|start| name.starts_with(start));
                if open && asked {
                    hooks.push((row.sig, method));
                }
            }
        }
        let mut found: Vec<MethodId> = Vec::new();
        for (sig, _) in hooks {
            found.extend(self.tables.dispatch(class, sig));
        }
        found.sort_unstable();
        found.dedup();
        found.truncate(MOST_HOOKS);
        found
    }
}
