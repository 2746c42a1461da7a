//! The call graph, built where it is walked: for each method the methods it leads to.

use dex::{Code, Insn, Package};
use rustc_hash::{FxHashMap, FxHashSet};

use super::methods::{Methods, NONE};
use super::tasks::{Runner, Tasks};

/// Edges of the methods asked for so far, those of one method next to each other.
pub(crate) struct Graph<'g, 'p, 'a> {
    package: &'p Package<'a>,
    methods: &'g Methods<'p, 'a>,
    runner: Runner<'p, 'a>,
    /// The signature of class initialisers.
    initialiser: u32,
    /// By DEX, from the first of its methods on.
    tasks: FxHashMap<usize, Tasks>,
    /// For each DEX the code units that may still be looked at: methods that share code would otherwise cost the square of
    /// the file's size.
    budgets: Vec<u64>,
    limit: usize,
    spans: FxHashMap<u32, (usize, usize)>,
    targets: Vec<u32>,
    found: Vec<u32>,
    calls: Vec<Insn>,
    initialised: FxHashSet<u32>,
    /// False when a limit left edges out.
    pub complete: bool,
}

impl<'g, 'p, 'a> Graph<'g, 'p, 'a> {
    /// A graph of which nothing is known yet, with at most about `limit` edges.
    pub(crate) fn new(package: &'p Package<'a>, methods: &'g Methods<'p, 'a>, limit: usize) -> Self {
        Graph {
            package,
            methods,
            runner: Runner::new(package),
            initialiser: methods.signature(b"<clinit>", &[b"V"]).unwrap_or(NONE),
            tasks: FxHashMap::default(),
            budgets: package.parts().iter().map(|part| part.dex.budget()).collect(),
            limit,
            spans: FxHashMap::default(),
            targets: Vec::new(),
            found: Vec::new(),
            calls: Vec::new(),
            initialised: FxHashSet::default(),
            complete: true,
        }
    }

    /// The methods that this one leads to, as positions for [`Graph::target`].
    pub(crate) fn targets_of(&mut self, method: u32) -> std::ops::Range<usize> {
        if let Some(&(start, end)) = self.spans.get(&method) {
            return start..end;
        }
        let start = self.targets.len();
        self.find_targets(method);
        self.spans.insert(method, (start, self.targets.len()));
        start..self.targets.len()
    }

    /// The method at a position.
    pub(crate) fn target(&self, position: usize) -> u32 {
        self.targets.get(position).copied().unwrap_or(NONE)
    }

    fn find_targets(&mut self, method: u32) {
        let Some((number, position)) = self.methods.place(method) else {
            return;
        };
        let part = &self.package.parts()[number];
        let method = &part.methods[position];
        let code = Code::parse(&part.dex, method.code).ok();
        let Some(code) = code.filter(|_| method.code != 0) else {
            return;
        };
        let left = self.budgets[number].checked_sub(u64::from(code.units()));
        let Some(left) = left.filter(|_| self.targets.len() < self.limit) else {
            self.complete = false;
            return;
        };
        self.budgets[number] = left;
        let (package, methods) = (self.package, self.methods);
        let tasks = self
            .tasks
            .remove(&number)
            .unwrap_or_else(|| Tasks::new(package, methods, number));
        self.walk(number, &code, &tasks);
        if !self.calls.is_empty() {
            let later = self
                .runner
                .run_later(methods, &tasks, (number, method), (&code, &self.calls));
            self.found.extend(later);
        }
        self.tasks.insert(number, tasks);
        self.found.sort_unstable();
        self.found.dedup();
        self.targets.append(&mut self.found);
    }

    /// Collects in `found` where the instructions lead, and in `calls` those that run something later.
    fn walk(&mut self, number: usize, code: &Code<'a>, tasks: &Tasks) {
        self.calls.clear();
        self.initialised.clear();
        let dex = &self.package.parts()[number].dex;
        for insn in code.instructions() {
            match insn.op {
                0x22 => self.initialise(self.methods.class_of_type(number, insn.index)),
                0x60..=0x6d => {
                    if let Some(field) = dex.field(insn.index) {
                        self.initialise(self.methods.class_of_type(number, field.class));
                    }
                }
                _ if insn.is_invoke() => {
                    self.call(number, &insn);
                    if tasks.concerns(insn.index) {
                        self.calls.push(insn);
                    }
                }
                _ => {}
            }
        }
    }

    /// Using a class runs its initialiser and those of its superclasses, once.
    fn initialise(&mut self, class: u32) {
        for class in self.methods.line(class) {
            if !self.initialised.insert(class) {
                return;
            }
            self.found
                .extend(self.methods.defined_in(class, self.initialiser));
        }
    }

    fn call(&mut self, number: usize, insn: &Insn) {
        // Which class an interface call ends in is not known without type analysis.
        if matches!(insn.op, 0x72 | 0x78 | 0xfa | 0xfb) {
            return;
        }
        let Some(row) = self.package.parts()[number].dex.method(insn.index) else {
            return;
        };
        let class = self.methods.class_of_type(number, row.class);
        if insn.is_static_invoke() {
            self.initialise(class);
        }
        let signature = self.methods.signature_of_row(number, insn.index);
        let Some(target) = self.methods.resolve(class, signature) else {
            return;
        };
        self.found.push(target);
        if matches!(insn.op, 0x6e | 0x74) {
            self.found.extend(self.methods.only_overrider(target, class));
        }
    }
}
