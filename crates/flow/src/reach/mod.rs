//! The shortest way from each entry point to each method asked for.

use std::collections::VecDeque;

use dex::{DexSource, Fault, Package};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

mod graph;
mod methods;
mod tasks;

use graph::Graph;
use methods::{Methods, NONE};

/// Text all chains may hold together, in bytes.
const MOST_TEXT: usize = 64 << 20;
/// Methods all searches may visit together.
const MOST_VISITS: u64 = 50_000_000;

/// Where code may begin to run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Name of the entry point.
    pub id: String,
    /// Descriptor of the class.
    pub class: String,
    /// Names of the methods that the platform calls; each is looked up in the class, then in its superclasses.
    pub methods: Vec<String>,
}

/// All entry points of an app.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReachQuery {
    /// The entry points.
    pub entries: Vec<Entry>,
    /// Edges the call graph may have.
    #[serde(default = "most_edges")]
    pub limit: usize,
}

fn most_edges() -> usize {
    2_000_000
}

/// A method that an entry point reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Number of the method, as `find` gives it.
    pub method_id: u32,
    /// Position of the entry point.
    pub entry: u32,
    /// The methods on the way, the entry point first.
    pub chain: Vec<String>,
}

/// All methods reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// One row for each method asked for and entry point that reaches it.
    pub reached: Vec<Reached>,
    /// How many methods of the package any entry point reaches.
    pub methods: u32,
    /// Whether the graph and the searches were finished.
    pub complete: bool,
    /// What could not be read or was cut.
    pub faults: Vec<Fault>,
}

/// Looks for ways from the entry points to `wanted`, numbers of methods as `dex::find` gives them for the same sources.
pub fn reach(sources: &[DexSource<'_>], query: &ReachQuery, wanted: &[u32]) -> Reach {
    if query.entries.is_empty() {
        return Reach {
            reached: Vec::new(),
            methods: 0,
            complete: true,
            faults: Vec::new(),
        };
    }
    let package = Package::open(sources);
    let methods = Methods::new(&package);
    let mut faults = package.faults().clone().into_vec();
    if !methods.complete {
        let what = "Names share more bytes than the file could hold; calls of some methods are left out.";
        faults.push(Fault::new("dex:", "strings_overlap", what));
    }
    let mut search = Search {
        package: &package,
        methods: &methods,
        graph: Graph::new(&package, &methods, query.limit),
        wanted: wanted_methods(&package, &methods, wanted),
        before: vec![NONE; methods.count() as usize],
        seen: vec![0; methods.count() as usize],
        ever: vec![false; methods.count() as usize],
        visits: MOST_VISITS,
        text: MOST_TEXT,
        texts: FxHashMap::default(),
        reached: Vec::new(),
    };
    for (number, entry) in query.entries.iter().enumerate() {
        if search.follow(number as u32, entry).is_none() {
            faults.push(Fault::new(
                "dex:",
                "visits",
                "The searches cost more than the limit; some ways are left out.",
            ));
            break;
        }
    }
    if !search.graph.complete {
        let what = "The call graph is larger than the limit; edges are left out.";
        faults.push(Fault::new("dex:", "edges", what));
    }
    let reached = std::mem::take(&mut search.reached);
    let count = search.ever.iter().filter(|ever| **ever).count() as u32;
    Reach {
        reached,
        methods: count,
        complete: faults.is_empty(),
        faults,
    }
}

/// The running number of each method asked for, with the number `find` gave it.
fn wanted_methods(package: &Package<'_>, methods: &Methods<'_, '_>, wanted: &[u32]) -> FxHashMap<u32, u32> {
    let mut sorted = wanted.to_vec();
    sorted.sort_unstable();
    let mut found = FxHashMap::default();
    for method in 0..methods.count() {
        let Some((dex, position)) = methods.place(method) else {
            continue;
        };
        let part = &package.parts()[dex];
        let number = part.method_base + part.methods[position].method;
        if sorted.binary_search(&number).is_ok() {
            found.insert(method, number);
        }
    }
    found
}

struct Search<'s, 'p, 'a> {
    package: &'p Package<'a>,
    methods: &'s Methods<'p, 'a>,
    graph: Graph<'s, 'p, 'a>,
    wanted: FxHashMap<u32, u32>,
    before: Vec<u32>,
    /// The last search that saw each method, counted from 1.
    seen: Vec<u32>,
    ever: Vec<bool>,
    visits: u64,
    text: usize,
    texts: FxHashMap<u32, String>,
    reached: Vec<Reached>,
}

impl Search<'_, '_, '_> {
    fn follow(&mut self, number: u32, entry: &Entry) -> Option<()> {
        let class = self.methods.class_named(0, &dex::encode_mutf8(&entry.class));
        let mut queue = VecDeque::new();
        for name in &entry.methods {
            for method in self.methods.named(class, name) {
                self.see(number, method, NONE, &mut queue);
            }
        }
        while let Some(method) = queue.pop_front() {
            self.visits = self.visits.checked_sub(1)?;
            if let Some(&id) = self.wanted.get(&method) {
                let chain = self.chain(method)?;
                self.reached.push(Reached {
                    method_id: id,
                    entry: number,
                    chain,
                });
            }
            for position in self.graph.targets_of(method) {
                self.see(number, self.graph.target(position), method, &mut queue);
            }
        }
        Some(())
    }

    fn see(&mut self, search: u32, method: u32, before: u32, queue: &mut VecDeque<u32>) {
        let at = method as usize;
        if self.seen[at] != search + 1 {
            self.seen[at] = search + 1;
            self.ever[at] = true;
            self.before[at] = before;
            queue.push_back(method);
        }
    }

    fn chain(&mut self, method: u32) -> Option<Vec<String>> {
        let mut chain = Vec::new();
        let mut at = method;
        while at != NONE {
            let text = self.text(at);
            self.text = self.text.checked_sub(text.len())?;
            chain.push(text);
            at = self.before[at as usize];
        }
        chain.reverse();
        Some(chain)
    }

    fn text(&mut self, method: u32) -> String {
        let (package, methods) = (self.package, self.methods);
        let text = self
            .texts
            .entry(method)
            .or_insert_with(|| match methods.place(method) {
                Some((dex, position)) => {
                    let part = &package.parts()[dex];
                    part.dex.method_text(part.methods[position].method)
                }
                None => String::new(),
            });
        text.clone()
    }
}
