//! Branches on a stored flag that stand before a call.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::first::FirstStart;
use crate::ir::{At, Body, FieldId, MethodId, Program, Stmt};
use crate::types::{Origins, MANY, PARAM};

/// Branches on flags looked at in one method.
const MOST_BRANCHES: usize = 16;
/// Methods in a row that only hand on a flag.
const MOST_WRAPPERS: usize = 4;
/// Statements of a method that may hand on a flag without returning it.
const SHORT: usize = 64;

/// What a guard reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flag {
    /// What was stored by an earlier run, such as a preference.
    Stored,
    /// A field.
    Field,
}

/// A branch that decides whether a call is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// What it reads.
    pub flag: Flag,
    /// The method that holds the branch.
    pub method: String,
    /// The code unit of the branch.
    pub unit: u32,
    /// The method or field that is read.
    pub reads: String,
    /// The text by which it is read, when it is constant.
    pub key: Option<String>,
    /// Whether it is known to keep the call from running as long as nothing is stored; else that is not known.
    pub decides: bool,
}

/// How much a guard says: what decides at the first start, other stored flags, fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Weight {
    Decides,
    Stored,
    Field,
}

/// The weightiest first.
pub(crate) const WEIGHTS: [Weight; 3] = [Weight::Decides, Weight::Stored, Weight::Field];

impl Guard {
    pub(crate) fn weight(&self) -> Weight {
        match self.flag {
            Flag::Stored if self.decides => Weight::Decides,
            Flag::Stored => Weight::Stored,
            Flag::Field => Weight::Field,
        }
    }
}

/// Where a flag comes from: what is read and by which text.
#[derive(Clone, Debug)]
struct Read {
    flag: Flag,
    what: String,
    key: Option<String>,
}

/// A branch on a flag.
#[derive(Clone, Debug)]
struct FlagBranch {
    at: At,
    read: Read,
}

/// Finds guards; remembers what it learnt of each method.
pub(crate) struct Guards<'g, 'a> {
    app: &'g App<'a>,
    origins: Origins,
    first: FirstStart<'g, 'a>,
    sides: FxHashMap<MethodId, FxHashMap<At, At>>,
    branches: FxHashMap<MethodId, Vec<FlagBranch>>,
    wrappers: FxHashMap<MethodId, Option<Read>>,
}

impl<'g, 'a> Guards<'g, 'a> {
    pub(crate) fn new(app: &'g App<'a>) -> Self {
        Guards {
            app,
            origins: Origins::default(),
            first: FirstStart::new(app),
            sides: FxHashMap::default(),
            branches: FxHashMap::default(),
            wrappers: FxHashMap::default(),
        }
    }

    /// For each of these statements of a method the guard that every way to it passes, the weightiest. A branch that leads to
    /// the statement as long as nothing is stored is none.
    pub(crate) fn of(&mut self, method: MethodId, places: &[At]) -> Vec<Option<Guard>> {
        let mut found: Vec<Option<Guard>> = vec![None; places.len()];
        let app = self.app;
        let Some(body) = app.body(method) else {
            return found;
        };
        let branches = self.branches_of(method, MOST_WRAPPERS);
        if branches.is_empty() {
            return found;
        }
        let first = &mut self.first;
        let known = self.sides.entry(method).or_insert_with(|| first.sides(method));
        let mut branches: Vec<(Option<At>, FlagBranch)> = branches
            .into_iter()
            .map(|branch| match branch.read.flag {
                Flag::Stored => (known.get(&branch.at).copied(), branch),
                Flag::Field => (None, branch),
            })
            .collect();
        branches.sort_by_key(|(first, branch)| (branch.read.flag, first.is_none(), branch.at));
        branches.truncate(MOST_BRANCHES);
        for (first, branch) in branches {
            let sides = body.next.get(branch.at as usize).map_or(&[][..], |next| next);
            for side in sides.iter().take(2).filter(|side| first != Some(**side)) {
                let open = reachable(body, (branch.at, *side));
                for (slot, place) in found.iter_mut().zip(places) {
                    let cut = !open.get(*place as usize).copied().unwrap_or(true);
                    if slot.is_none() && cut {
                        let (method, unit) = app.locator(method, branch.at);
                        *slot = Some(Guard {
                            flag: branch.read.flag,
                            method,
                            unit,
                            reads: branch.read.what.clone(),
                            key: branch.read.key.clone(),
                            decides: first.is_some(),
                        });
                    }
                }
            }
        }
        found
    }

    fn branches_of(&mut self, method: MethodId, depth: usize) -> Vec<FlagBranch> {
        if let Some(known) = self.branches.get(&method) {
            return known.clone();
        }
        let app = self.app;
        let Some(body) = app.body(method) else {
            return Vec::new();
        };
        let mut asked = Vec::new();
        self.visit(body, |at, stmt, origins| {
            if let Stmt::Branch { on } = stmt {
                for local in on.iter().flatten() {
                    asked.push((at, origins(*local)));
                }
            }
        });
        let mut branches: Vec<FlagBranch> = Vec::new();
        for (at, origins) in asked {
            for origin in origins {
                if let Some(read) = self.read(method, body, origin, depth) {
                    branches.push(FlagBranch { at, read });
                    break;
                }
            }
        }
        if depth == MOST_WRAPPERS {
            self.branches.insert(method, branches.clone());
        }
        branches
    }

    /// Calls `each` for every statement with a way to ask for the origins of a local before it.
    fn visit(&mut self, body: &Body, mut each: impl FnMut(At, &Stmt, &dyn Fn(u32) -> Vec<u32>)) {
        let most = 64 * body.stmts.len() as u64 + 4096;
        let mut sets: Vec<(At, Vec<(u32, u32)>)> = Vec::new();
        let mut origins = std::mem::take(&mut self.origins);
        let complete = origins.find(body, most, |at, stmt, state| {
            let locals = match stmt {
                Stmt::Branch { on } => on.iter().flatten().copied().collect(),
                Stmt::Return { value: Some(value) } => vec![*value],
                _ => return,
            };
            let held = locals.into_iter().map(|local| {
                let set = state.get(local as usize).copied().unwrap_or(0);
                (local, set)
            });
            sets.push((at, held.collect()));
        });
        if complete.is_some() {
            for (at, held) in sets {
                let ask = |local: u32| {
                    let set = held
                        .iter()
                        .find(|known| known.0 == local)
                        .map_or(0, |known| known.1);
                    origins.origins(set).to_vec()
                };
                if let Some(stmt) = body.stmts.get(at as usize) {
                    each(at, stmt, &ask);
                }
            }
        }
        self.origins = origins;
    }

    /// What a value is read from, when it is a flag.
    fn read(&mut self, method: MethodId, body: &Body, origin: u32, depth: usize) -> Option<Read> {
        if origin >= MANY || origin >= PARAM {
            return None;
        }
        match body.stmts.get(origin as usize)? {
            Stmt::Load { field, .. } | Stmt::LoadStatic { field, .. } => self.field(*field),
            Stmt::Call(call) if self.app.is_flag(call.method) => Some(Read {
                flag: Flag::Stored,
                what: self.app.method_text(call.method),
                key: self.key(body, origin),
            }),
            Stmt::Call(_) => match self.app.targets(method, origin) {
                [target] if depth > 0 => {
                    let target = *target;
                    let text = self.key(body, origin);
                    let mut read = self.wrapper(target, depth - 1)?;
                    read.key = read.key.or(text);
                    Some(read)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn field(&self, field: FieldId) -> Option<Read> {
        let name = self.app.field_name(field);
        ["Z", "Ljava/lang/Boolean;"].contains(&name.kind).then(|| Read {
            flag: Flag::Field,
            what: self.app.field_text(field),
            key: None,
        })
    }

    /// What a method reads that gives back a flag, or decides on one what it gives back.
    fn wrapper(&mut self, method: MethodId, depth: usize) -> Option<Read> {
        if let Some(known) = self.wrappers.get(&method) {
            return known.clone();
        }
        // A method that calls itself is none until it is known.
        self.wrappers.insert(method, None);
        let app = self.app;
        let body = app.body(method)?;
        let flag_like = ["Z", "I", "Ljava/lang/String;", "Ljava/lang/Boolean;"];
        let proto = app.method_name(method).proto;
        let result = proto.rsplit_once(')').map_or("", |(_, result)| result);
        if !flag_like.contains(&result) {
            return None;
        }
        let mut returned = Vec::new();
        self.visit(body, |_, stmt, origins| {
            if let Stmt::Return { value: Some(value) } = stmt {
                returned.extend(origins(*value));
            }
        });
        returned.sort_unstable();
        returned.dedup();
        let mut read = None;
        for origin in returned {
            read = read.or_else(|| self.read(method, body, origin, depth));
        }
        if read.is_none() && body.stmts.len() <= SHORT {
            let branches = self.branches_of(method, depth);
            read = branches
                .into_iter()
                .map(|branch| branch.read)
                .min_by_key(|read| read.flag);
        }
        self.wrappers.insert(method, read.clone());
        read
    }

    /// The constant text that a call gets: the nearest one set before it in its arguments.
    fn key(&self, body: &Body, at: At) -> Option<String> {
        let Some(Stmt::Call(call)) = body.stmts.get(at as usize) else {
            return None;
        };
        for local in call.args.iter() {
            for stmt in body.stmts.get(..at as usize)?.iter().rev().take(SHORT) {
                match stmt {
                    Stmt::Const {
                        to,
                        value: crate::ir::Constant::Text(text),
                    } if to == local => return Some(self.app.text(*text).to_owned()),
                    Stmt::Call(call) if call.to == Some(*local) => break,
                    Stmt::Move { to, .. } | Stmt::Load { to, .. } | Stmt::Const { to, .. } if to == local => {
                        break
                    }
                    _ => {}
                }
            }
        }
        None
    }
}

/// Which statements are reached when one branch never takes one side.
fn reachable(body: &Body, cut: (At, At)) -> Vec<bool> {
    let mut seen = vec![false; body.stmts.len()];
    let mut queue = vec![0 as At];
    while let Some(at) = queue.pop() {
        match seen.get_mut(at as usize) {
            Some(slot) if !*slot => *slot = true,
            _ => continue,
        }
        for to in body.next.get(at as usize).into_iter().flatten() {
            if (at, *to) != cut {
                queue.push(*to);
            }
        }
    }
    seen
}
