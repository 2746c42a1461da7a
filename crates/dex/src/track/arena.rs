//! The values a method may hold, each stored once so that equal values have equal numbers.

use std::collections::HashMap;
use std::rc::Rc;

/// Number of a value.
pub(crate) type Id = u32;

/// Any value at all.
pub(crate) const UNKNOWN: Id = 0;
/// The second register of a pair.
pub(crate) const HIGH: Id = 1;
/// No value yet: the code that leads here has not been followed.
pub(crate) const UNSET: Id = 2;

/// More values by branch than are told apart; unlike `UNKNOWN` it takes in whatever it is joined with, so that joining ends.
pub(crate) const TOO_MANY: Id = 3;

/// Values one place may hold by branch; beyond, it is unknown.
const MOST_CHOICES: usize = 8;
/// Parts of values one instruction may touch; what it joins beyond is unknown.
const MOST_WORK: usize = 1 << 16;
/// Calls and arrays inside each other.
const MOST_DEPTH: u8 = 3;

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Unknown,
    High,
    Unset,
    TooMany,
    /// 32 bits, whose type only the use tells: a number, a truth value, null.
    Bits32(i32),
    Bits64(i64),
    /// MUTF-8.
    Text(Rc<[u8]>),
    /// A class constant, by descriptor in MUTF-8.
    Class(Rc<[u8]>),
    /// A row of the field table.
    Field(u32),
    /// The result of the method in this row of the method table.
    Call {
        method: u32,
        args: Box<[Id]>,
    },
    /// An object of this type, created at this instruction.
    New {
        kind: u32,
        at: u32,
    },
    /// An array of this type, created at this instruction.
    Array {
        kind: u32,
        at: u32,
        elements: Box<[Id]>,
    },
    /// A string builder created at this instruction; its text when all of it is known.
    Builder {
        kind: u32,
        at: u32,
        text: Option<Rc<[u8]>>,
    },
    Param(u32),
    /// One of these, in ascending order.
    Any(Box<[Id]>),
}

/// All values of one method.
pub(crate) struct Arena {
    nodes: Vec<Node>,
    depths: Vec<u8>,
    // Texts come from the file: the default hasher keeps chosen ones from colliding.
    numbers: HashMap<Node, Id>,
    work: usize,
}

impl Arena {
    pub(crate) fn new() -> Self {
        let mut arena = Arena {
            nodes: Vec::new(),
            depths: Vec::new(),
            numbers: HashMap::new(),
            work: 0,
        };
        arena.clear();
        arena
    }

    /// How many parts of values were touched since this was last asked.
    pub(crate) fn take_work(&mut self) -> usize {
        std::mem::take(&mut self.work)
    }

    /// Forgets all values but the four with fixed numbers.
    pub(crate) fn clear(&mut self) {
        self.nodes.clear();
        self.depths.clear();
        // Clearing costs what the map once held, so a large one is not kept for the small methods that follow.
        if self.numbers.capacity() > 4096 {
            self.numbers = HashMap::new();
        }
        self.numbers.clear();
        for node in [Node::Unknown, Node::High, Node::Unset, Node::TooMany] {
            self.intern(node);
        }
    }

    pub(crate) fn get(&self, id: Id) -> &Node {
        self.nodes.get(id as usize).unwrap_or(&Node::Unknown)
    }

    /// The number of a value; a call or array nested too deep loses its innermost parts.
    pub(crate) fn intern(&mut self, mut node: Node) -> Id {
        let mut depth = 0;
        match &mut node {
            Node::Call { args: parts, .. } | Node::Array { elements: parts, .. } => {
                self.work += parts.len();
                for part in parts.iter_mut() {
                    if self.depth(*part) >= MOST_DEPTH {
                        *part = self.trim(*part, MOST_DEPTH - 1);
                    }
                    depth = depth.max(self.depth(*part));
                }
                depth += 1;
            }
            Node::Any(parts) => depth = parts.iter().map(|part| self.depth(*part)).max().unwrap_or(0),
            _ => {}
        }
        if let Some(&id) = self.numbers.get(&node) {
            return id;
        }
        let id = self.nodes.len() as Id;
        self.numbers.insert(node.clone(), id);
        self.nodes.push(node);
        self.depths.push(depth);
        id
    }

    /// The value with at most `depth` calls and arrays inside each other.
    fn trim(&mut self, id: Id, depth: u8) -> Id {
        if self.depth(id) <= depth {
            return id;
        }
        let mut node = self.get(id).clone();
        let inside = match &mut node {
            Node::Call { args: parts, .. } | Node::Array { elements: parts, .. } => {
                depth.checked_sub(1).zip(Some(parts))
            }
            Node::Any(parts) => Some((depth, parts)),
            _ => None,
        };
        let Some((depth, parts)) = inside else {
            return UNKNOWN;
        };
        for part in parts.iter_mut() {
            *part = self.trim(*part, depth);
        }
        if let Node::Any(parts) = node {
            let mut parts = parts.into_vec();
            parts.sort_unstable();
            parts.dedup();
            return if let [only] = parts[..] {
                only
            } else {
                self.intern(Node::Any(parts.into()))
            };
        }
        self.intern(node)
    }

    fn depth(&self, id: Id) -> u8 {
        self.depths.get(id as usize).copied().unwrap_or(0)
    }

    /// What a place holds that is reached with `a` and with `b`.
    pub(crate) fn join(&mut self, a: Id, b: Id) -> Id {
        match (a, b) {
            _ if a == b => a,
            (UNSET, other) | (other, UNSET) => other,
            (HIGH | TOO_MANY, _) | (_, HIGH | TOO_MANY) => TOO_MANY,
            _ if self.work > MOST_WORK => TOO_MANY,
            _ => self.join_nodes(a, b),
        }
    }

    fn join_nodes(&mut self, a: Id, b: Id) -> Id {
        self.work += 1;
        match (self.get(a).clone(), self.get(b).clone()) {
            (
                Node::Array { kind, at, elements },
                Node::Array {
                    at: other_at,
                    elements: others,
                    ..
                },
            ) if at == other_at && elements.len() == others.len() => {
                let pairs = elements.iter().zip(others.iter());
                let elements = pairs.map(|(x, y)| self.join(*x, *y)).collect();
                self.intern(Node::Array { kind, at, elements })
            }
            (Node::Builder { kind, at, .. }, Node::Builder { at: other_at, .. }) if at == other_at => {
                self.intern(Node::Builder { kind, at, text: None })
            }
            (one, other) => {
                let mut choices = self::choices(one, a);
                choices.extend(self::choices(other, b));
                choices.sort_unstable();
                choices.dedup();
                if choices.len() > MOST_CHOICES {
                    TOO_MANY
                } else {
                    self.intern(Node::Any(choices.into()))
                }
            }
        }
    }
}

fn choices(node: Node, id: Id) -> Vec<Id> {
    match node {
        Node::Any(parts) => parts.into_vec(),
        _ => vec![id],
    }
}
