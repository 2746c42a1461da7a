//! The call graph: for each method the methods it leads to.

use dex::{Code, Insn, MethodDef, Package, Part};

use crate::methods::{Methods, NONE};
use crate::tasks::{Runner, Tasks};

/// Edges of all methods, those of one method next to each other.
pub(crate) struct Graph {
    starts: Vec<u32>,
    targets: Vec<u32>,
    /// False when the limit left edges out.
    pub complete: bool,
}

impl Graph {
    /// Builds the graph of all methods, with at most `limit` edges.
    pub(crate) fn new<'p, 'a>(package: &'p Package<'a>, methods: &Methods<'p, 'a>, limit: usize) -> Self {
        let mut builder = Builder {
            methods,
            runner: Runner::new(package),
            initialiser: methods.signature(b"<clinit>", &[b"V"]).unwrap_or(NONE),
            found: Vec::new(),
            calls: Vec::new(),
        };
        let mut graph = Graph {
            starts: vec![0],
            targets: Vec::new(),
            complete: true,
        };
        for (number, part) in package.parts().iter().enumerate() {
            let tasks = Tasks::new(package, methods, number);
            // Methods that share code would otherwise cost the square of the file's size.
            let mut budget = part.dex.budget();
            for method in &part.methods {
                let code = Code::parse(&part.dex, method.code)
                    .ok()
                    .filter(|_| method.code != 0);
                if let Some(code) = code {
                    match budget.checked_sub(u64::from(code.units())) {
                        Some(rest) if graph.targets.len() < limit => {
                            budget = rest;
                            graph
                                .targets
                                .extend(builder.edges((number, part), &tasks, method, &code));
                        }
                        _ => graph.complete = false,
                    }
                }
                graph.starts.push(graph.targets.len() as u32);
            }
        }
        graph
    }

    /// The methods that this one leads to.
    pub(crate) fn targets_of(&self, method: u32) -> &[u32] {
        let bound = |at: usize| {
            self.starts
                .get(at)
                .map_or(self.targets.len(), |start| *start as usize)
        };
        &self.targets[bound(method as usize)..bound(method as usize + 1)]
    }
}

struct Builder<'g, 'p, 'a> {
    methods: &'g Methods<'p, 'a>,
    runner: Runner<'p, 'a>,
    /// The signature of class initialisers.
    initialiser: u32,
    found: Vec<u32>,
    calls: Vec<Insn>,
}

impl<'p, 'a> Builder<'_, 'p, 'a> {
    fn edges(
        &mut self,
        (number, part): (usize, &'p Part<'a>),
        tasks: &Tasks,
        method: &MethodDef,
        code: &Code<'a>,
    ) -> Vec<u32> {
        self.found.clear();
        self.calls.clear();
        for insn in code.instructions() {
            match insn.op {
                0x22 => self.initialise(self.methods.class_of_type(number, insn.index)),
                0x60..=0x6d => {
                    if let Some(field) = part.dex.field(insn.index) {
                        self.initialise(self.methods.class_of_type(number, field.class));
                    }
                }
                _ if insn.is_invoke() => {
                    self.call(number, part, &insn);
                    if tasks.concerns(insn.index) {
                        self.calls.push(insn);
                    }
                }
                _ => {}
            }
        }
        if !self.calls.is_empty() {
            let later = self
                .runner
                .run_later(self.methods, tasks, (number, method), (code, &self.calls));
            self.found.extend(later);
        }
        self.found.sort_unstable();
        self.found.dedup();
        std::mem::take(&mut self.found)
    }

    /// Using a class runs its initialiser and those of its superclasses.
    fn initialise(&mut self, class: u32) {
        for class in self.methods.line(class) {
            self.found
                .extend(self.methods.defined_in(class, self.initialiser));
        }
    }

    fn call(&mut self, number: usize, part: &Part<'a>, insn: &Insn) {
        // Which class an interface call ends in is not known without type analysis.
        if matches!(insn.op, 0x72 | 0x78 | 0xfa | 0xfb) {
            return;
        }
        let Some(row) = part.dex.method(insn.index) else {
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
