//! From what a receiver may be to the methods that run.

use rustc_hash::FxHashSet;

use crate::ir::{ClassId, MethodId};
use crate::program::{Sig, NONE};
use crate::sets::Element;

use super::{Group, Site, Solver};

/// Classes looked at below one that nobody is known to make.
const MOST_GUESSED: usize = 8;

impl Solver<'_, '_> {
    /// A site learns what its receiver may be.
    pub(super) fn hear(&mut self, site: u32, node: u32, fresh: &[Element]) {
        if self.sites[site as usize].special.is_some() {
            self.judge(site);
        }
        if self.sites[site as usize]
            .args
            .first()
            .map(|receiver| receiver.node)
            != Some(node)
        {
            return;
        }
        let (class, sig) = (self.sites[site as usize].class, self.sites[site as usize].sig);
        for element in fresh {
            match *element {
                Element::Exact(exact) => {
                    if let Some(target) = self.tables.dispatch(exact, sig) {
                        self.add_receiver(target, exact);
                        self.add_target(site, target);
                    }
                }
                Element::Any(above) => {
                    let above = if self.tables.is_a(above, class) {
                        above
                    } else {
                        class
                    };
                    self.join_group(site, above, sig);
                }
                Element::Class(_) | Element::Text(_) | Element::Object(_) => {}
            }
        }
    }

    fn add_receiver(&mut self, target: MethodId, class: ClassId) {
        if let Some(node) = self.param(target, 0) {
            self.add_element(node, Element::Exact(class));
        }
    }

    /// A site may run a method.
    pub(super) fn add_target(&mut self, site: u32, target: MethodId) {
        let most = 4 * self.limits.targets;
        let row: &mut Site = &mut self.sites[site as usize];
        let count = row.targets.len();
        if row.targets.contains(&target) {
            return;
        }
        row.settled = true;
        if !self.spend(1 + count as u64 / 8) || count > most {
            self.reach(target);
            self.open(target);
            return;
        }
        let row: &mut Site = &mut self.sites[site as usize];
        row.targets.push(target);
        let (args, result) = (row.args.clone(), row.result);
        self.reach(target);
        for (number, arg) in args.iter().enumerate().skip(1) {
            if let Some(node) = self.param(target, number as u32) {
                self.pass(*arg, node);
            }
        }
        if result != NONE {
            if let Some(node) = self.result(target) {
                self.link(node, result);
            }
        }
    }

    fn join_group(&mut self, site: u32, class: ClassId, sig: Sig) {
        let number = match self.group_numbers.get(&(class, sig)) {
            Some(&number) => number,
            None => {
                let number = self.groups.len() as u32;
                self.groups.push(Group::default());
                self.group_numbers.insert((class, sig), number);
                self.groups_of.entry(class).or_default().push((number, sig));
                let below = self.made_below.get(&class).cloned().unwrap_or_default();
                for class in below {
                    self.add_member(number, class, sig);
                }
                number
            }
        };
        if self.sites[site as usize].groups.contains(&number) {
            return;
        }
        self.sites[site as usize].groups.push(number);
        let group = &mut self.groups[number as usize];
        group.sites.push(site);
        if !group.blown {
            for target in group.targets.clone() {
                self.add_target(site, target);
            }
        } else {
            self.sites[site as usize].settled = true;
        }
    }

    fn add_member(&mut self, number: u32, class: ClassId, sig: Sig) {
        let above = self.tables.ancestors(class).len() as u64;
        if !self.spend(1 + above / 8) {
            return;
        }
        let Some(target) = self.tables.dispatch(class, sig) else {
            return;
        };
        self.add_receiver(target, class);
        let most = self.limits.targets;
        let group = &mut self.groups[number as usize];
        if group.blown {
            self.reach(target);
            self.open(target);
            return;
        }
        if group.targets.contains(&target) {
            return;
        }
        group.targets.push(target);
        if group.targets.len() > most {
            group.blown = true;
            // From here on nobody knows who calls what; all of them may run with anything.
            let targets = group.targets.clone();
            for target in targets {
                self.reach(target);
                self.open(target);
            }
            return;
        }
        for site in group.sites.clone() {
            self.add_target(site, target);
        }
    }

    /// An object of a class is made somewhere.
    pub(super) fn make(&mut self, class: ClassId) {
        if !self.made.insert(class) {
            return;
        }
        let ours = self.tables.class_row(class).is_some_and(|row| row.def.is_some());
        if !ours {
            return;
        }
        let above = self.tables.ancestors(class).to_vec();
        self.spend(above.len() as u64);
        for above in above {
            self.made_below.entry(above).or_default().push(class);
            if self.escaped_below.contains(&above) {
                self.let_out(class);
            }
            let groups = self.groups_of.get(&above).cloned().unwrap_or_default();
            for (number, sig) in groups {
                self.add_member(number, class, sig);
            }
        }
    }

    /// Calls on objects that nobody is known to make (the platform, a parser or native code does) lead to what the class
    /// named or a few below it define. Gives whether that brought anything.
    pub(super) fn settle(&mut self) -> bool {
        let mut below: Option<rustc_hash::FxHashMap<ClassId, Vec<ClassId>>> = None;
        let mut any = false;
        for site in 0..self.sites.len() as u32 {
            let row = &self.sites[site as usize];
            let ours = |class: ClassId| self.tables.class_row(class).is_some_and(|row| row.def.is_some());
            if row.settled || row.args.is_empty() || row.special.is_some() || !ours(row.class) {
                continue;
            }
            let (class, sig) = (row.class, row.sig);
            self.sites[site as usize].settled = true;
            let tree = below.get_or_insert_with(|| self.tables.below());
            let guessed = descendants(tree, class);
            let mut targets = Vec::new();
            for class in guessed {
                if let Some(target) = self.tables.dispatch(class, sig) {
                    if !targets.contains(&target) {
                        targets.push(target);
                        self.add_receiver(target, class);
                    }
                }
            }
            for target in targets {
                any = true;
                self.add_target(site, target);
            }
        }
        any
    }
}

/// A class and those below it; the class alone when there are many.
fn descendants(tree: &rustc_hash::FxHashMap<ClassId, Vec<ClassId>>, class: ClassId) -> Vec<ClassId> {
    let mut all = vec![class];
    let mut seen: FxHashSet<ClassId> = [class].into_iter().collect();
    let mut at = 0;
    while let Some(class) = all.get(at) {
        for below in tree.get(class).into_iter().flatten() {
            if seen.insert(*below) {
                all.push(*below);
            }
        }
        at += 1;
        if all.len() > MOST_GUESSED {
            return vec![class_only(&all)];
        }
    }
    all
}

fn class_only(all: &[ClassId]) -> ClassId {
    all.first().copied().unwrap_or(ClassId(NONE))
}
