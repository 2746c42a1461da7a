//! The way of a value, from the edges of a run.

use super::query::{Flow, Site, Step, AGGREGATE, DIGEST, TRUNCATE};
use super::run::{Hit, Run, NONE};
use super::scope::{Scope, Start};
use crate::ir::{At, FieldId, MethodId, Stmt};

/// Calls on the way that are shown from the inside; further ones are passed over.
const MOST_RETURNS: u32 = 200;
/// Steps that are told.
const MOST_STEPS: usize = 300;

impl Scope<'_> {
    /// A method as it is written in locators.
    pub(crate) fn text(&self, method: MethodId) -> String {
        let name = self.program.method_name(method);
        format!(
            "{}->{}{}",
            self.program.class_name(name.class),
            name.name,
            name.proto
        )
    }

    fn field_text(&self, field: FieldId) -> String {
        let name = self.program.field_name(field);
        format!(
            "{}->{}:{}",
            self.program.class_name(name.class),
            name.name,
            name.kind
        )
    }

    fn unit(&self, method: MethodId, at: At) -> u32 {
        self.view(method).map_or(0, |view| view.unit(at))
    }

    fn named(&self, method: MethodId, at: At) -> String {
        match self.view(method).map(|view| view.stmt(at)) {
            Some(Stmt::Call(call)) => self.text(call.method),
            Some(
                Stmt::Load { field, .. }
                | Stmt::Store { field, .. }
                | Stmt::LoadStatic { field, .. }
                | Stmt::StoreStatic { field, .. },
            ) => self.field_text(*field),
            _ => String::new(),
        }
    }

    /// The source site of a run.
    pub(crate) fn source_site(&self, start: Start) -> Site {
        let entered = start.at == At::MAX;
        Site {
            id: self.query.sources[start.source as usize].id.clone(),
            method: self.text(start.method),
            unit: self.unit(start.method, start.at),
            named: if entered {
                self.text(start.method)
            } else {
                self.source_named(start)
            },
            dex: self.dex(start.method),
        }
    }

    /// What gives the value: the method that is called, or the one that a call by reflection means.
    fn source_named(&self, start: Start) -> String {
        let meant = self.meant_by_reflection(start.method, start.at);
        let meant = meant
            .into_iter()
            .find(|meant| self.is_source(*meant, start.source));
        meant.map_or_else(|| self.named(start.method, start.at), |meant| self.text(meant))
    }

    fn dex(&self, method: MethodId) -> String {
        self.program.file(method).unwrap_or_default().to_owned()
    }
}

impl Run<'_, '_> {
    /// The flow that ends in a hit; none when the way shows that a party only called itself by reflection.
    pub(crate) fn flow(&self, start: Start, hit: &Hit) -> Option<Flow> {
        let scope = self.scope;
        let source = scope.source_site(start);
        let told = self.steps(hit.edge);
        // What is called by reflection is called where `invoke` stands.
        let (method, at) = match told.iter().rfind(|(_, _, step)| step.what == "call") {
            Some((method, at, _)) if scope.is_made(hit.method) => (*method, *at),
            _ => (hit.method, hit.at),
        };
        let class = scope.program.method_name(method).class;
        if method != hit.method && scope.is_of_sink(scope.program.class_name(class), hit.sink) {
            return None;
        }
        let sink = Site {
            id: scope.sink_id(hit.sink).to_owned(),
            method: scope.text(method),
            unit: scope.unit(method, at),
            named: scope.named(hit.method, hit.at),
            dex: scope.dex(method),
        };
        let step = |site: &Site, what: &str| Step {
            method: site.method.clone(),
            unit: site.unit,
            what: what.to_owned(),
            named: site.named.clone(),
        };
        let mut path = vec![step(&source, "source")];
        path.extend(told.into_iter().map(|(_, _, step)| step));
        path.push(step(&sink, "sink"));
        let marks = [
            (DIGEST, "digest"),
            (TRUNCATE, "truncate"),
            (AGGREGATE, "aggregate"),
        ];
        let via = marks.iter().filter(|(mark, _)| hit.marks & mark != 0);
        Some(Flow {
            source,
            sink,
            via: via.map(|(_, name)| (*name).to_owned()).collect(),
            path,
        })
    }

    /// The steps in the package, each with its method and statement.
    fn steps(&self, hit: u32) -> Vec<(MethodId, At, Step)> {
        let mut steps = Vec::new();
        let mut calls: Vec<u32> = Vec::new();
        let mut returns = 0;
        let mut at = hit;
        while let Some(&edge) = self.edges.get(at as usize) {
            if steps.len() >= MOST_STEPS {
                break;
            }
            let inside = edge.end != NONE && (returns < MOST_RETURNS || edge.from == NONE);
            if inside {
                returns += 1;
                if edge.from != NONE {
                    calls.push(edge.from);
                }
                self.tell(&mut steps, edge.end, "return");
                at = edge.end;
                continue;
            }
            if edge.from == NONE {
                match calls.pop() {
                    Some(call) => at = call,
                    None => break,
                }
                continue;
            }
            let before = self.edges[edge.from as usize];
            if before.context != edge.context && edge.end == NONE && !edge.backward && !before.backward {
                // Into a method: back to the call that this way came from.
                let call = calls.pop().unwrap_or(edge.from);
                self.tell(&mut steps, call, "call");
                at = call;
                continue;
            }
            if before.fact != edge.fact || edge.end != NONE {
                self.tell(&mut steps, edge.from, "");
            }
            at = edge.from;
        }
        steps.reverse();
        steps
    }

    fn tell(&self, steps: &mut Vec<(MethodId, At, Step)>, edge: u32, what: &str) {
        let Some(edge) = self.edges.get(edge as usize) else {
            return;
        };
        let method = self.contexts[edge.context as usize].method;
        let Some(view) = self.scope.view(method) else {
            return;
        };
        let what = match (what, view.stmt(edge.at)) {
            ("", _) if edge.backward => return,
            ("", Stmt::Store { .. } | Stmt::StoreStatic { .. }) => "store",
            ("", Stmt::Load { .. } | Stmt::LoadStatic { .. }) => "load",
            ("", Stmt::Call(_)) => "passes",
            ("", Stmt::Branch { .. }) => "decides",
            ("", _) => return,
            (what, _) => what,
        };
        if self.scope.is_made(method) {
            return;
        }
        let step = Step {
            method: self.scope.text(method),
            unit: self.scope.unit(method, edge.at),
            what: what.to_owned(),
            named: self.scope.named(method, edge.at),
        };
        steps.push((method, edge.at, step));
    }
}
