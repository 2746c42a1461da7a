//! Facts: access paths that hold a tainted value, under small numbers.

use rustc_hash::FxHashMap;

use crate::ir::{At, ClassId, Constant, FieldId, Local, MethodId};

/// A value that is known without running anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Known {
    Constant(Constant),
    /// What a field of the platform holds.
    Field(FieldId),
}

impl From<ClassId> for Known {
    fn from(class: ClassId) -> Self {
        Known::Constant(Constant::Class(class))
    }
}

/// One step of an access path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Elem {
    Field(FieldId),
    /// What is under an index or key, under any without one.
    Item(Option<Known>),
    /// The keys of a map.
    Keys,
}

/// Where an access path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Base {
    /// No taint: the fact that always holds.
    Zero,
    Local(Local),
    Static(FieldId),
    /// What outlives objects, by kind and name.
    Store(u16, Option<Known>),
    /// The exception on its way to a handler.
    Thrown,
    /// A tainted branch decides whether this code runs; it does so until this statement.
    Control(At),
}

/// Number of an access path without its base; 0 is the empty one.
pub(crate) type PathId = u32;
/// Number of a fact; 0 is the fact that always holds.
pub(crate) type FactId = u32;

/// The statement after which an alias is tainted.
pub(crate) type Activation = Option<(MethodId, At)>;

/// An access path with a tainted value; all below it is tainted too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fact {
    pub base: Base,
    pub path: PathId,
    /// For aliases found backwards: not tainted before this has run.
    pub until: Activation,
    /// What was done to the value on the way.
    pub marks: u8,
    /// The very class of the object that the base is, where it was seen being made.
    pub made: Option<ClassId>,
}

impl Fact {
    /// The same taint at another place.
    pub(crate) fn at(self, base: Base, path: PathId) -> Fact {
        let made = None;
        Fact {
            base,
            path,
            made,
            ..self
        }
    }

    /// The same object under another name.
    pub(crate) fn named(self, base: Base) -> Fact {
        Fact { base, ..self }
    }
}

/// How often a path may go into what is inside of something.
const MOST_INSIDE: usize = 3;

/// The control fact of code that runs as a whole under a tainted branch.
pub(crate) const WHOLE: At = At::MAX;

/// All facts of one run.
pub(crate) struct Facts {
    depth: u32,
    cells: Vec<(Elem, PathId, u32)>,
    cell_of: FxHashMap<(Elem, PathId), PathId>,
    facts: Vec<Fact>,
    number_of: FxHashMap<Fact, FactId>,
}

impl Facts {
    /// No facts but the one that always holds; paths have at most `depth` steps.
    pub(crate) fn new(depth: u32) -> Self {
        let zero = Fact {
            base: Base::Zero,
            path: 0,
            until: None,
            marks: 0,
            made: None,
        };
        Facts {
            depth: depth.max(1),
            cells: Vec::new(),
            cell_of: FxHashMap::default(),
            facts: vec![zero],
            number_of: FxHashMap::from_iter([(zero, 0)]),
        }
    }

    pub(crate) fn fact(&self, number: FactId) -> Fact {
        self.facts[number as usize]
    }

    pub(crate) fn number(&mut self, fact: Fact) -> FactId {
        let next = self.facts.len() as u32;
        let number = *self.number_of.entry(fact).or_insert(next);
        if number == next {
            self.facts.push(fact);
        }
        number
    }

    /// The first step and what is behind it.
    pub(crate) fn split(&self, path: PathId) -> Option<(Elem, PathId)> {
        let cell = self.cells.get((path as usize).checked_sub(1)?)?;
        Some((cell.0, cell.1))
    }

    fn len(&self, path: PathId) -> u32 {
        (path as usize)
            .checked_sub(1)
            .and_then(|at| self.cells.get(at))
            .map_or(0, |cell| cell.2)
    }

    fn cell(&mut self, elem: Elem, rest: PathId) -> PathId {
        let len = self.len(rest) + 1;
        let next = self.cells.len() as u32 + 1;
        let number = *self.cell_of.entry((elem, rest)).or_insert(next);
        if number == next {
            self.cells.push((elem, rest, len));
        }
        number
    }

    /// The path with a step before it; steps beyond the depth are dropped from the end. A path that comes to a field again is
    /// the path from there: structures that hold their like would otherwise have names without end.
    pub(crate) fn before(&mut self, elem: Elem, path: PathId) -> PathId {
        let again = match elem {
            Elem::Field(_) => self.repeated(elem, path, 1),
            _ => self.repeated(elem, path, MOST_INSIDE),
        };
        if let Some(again) = again {
            return again;
        }
        if self.len(path) < self.depth {
            return self.cell(elem, path);
        }
        let mut steps = vec![elem];
        let mut rest = path;
        while let Some((step, behind)) = self.split(rest) {
            steps.push(step);
            rest = behind;
        }
        steps.truncate(self.depth as usize);
        let mut short = 0;
        for step in steps.into_iter().rev() {
            short = self.cell(step, short);
        }
        short
    }

    /// The path from the first place of a step, when the path has the step this often.
    fn repeated(&self, elem: Elem, path: PathId, often: usize) -> Option<PathId> {
        let (mut rest, mut first, mut count) = (path, None, 0);
        while let Some((step, behind)) = self.split(rest) {
            if step == elem {
                first.get_or_insert(rest);
                count += 1;
            }
            rest = behind;
        }
        first.filter(|_| count >= often)
    }

    /// What is behind `elem`, when the path may begin with it; the empty path stands for all below.
    pub(crate) fn behind(&self, path: PathId, elem: Elem) -> Option<PathId> {
        match self.split(path) {
            None => Some(0),
            Some((head, rest)) => same_step(head, elem).then_some(rest),
        }
    }

    /// The steps of a path.
    pub(crate) fn steps(&self, path: PathId) -> impl Iterator<Item = Elem> + '_ {
        let mut rest = path;
        std::iter::from_fn(move || {
            let (elem, behind) = self.split(rest)?;
            rest = behind;
            Some(elem)
        })
    }
}

/// Whether two steps may lead to the same place.
pub(crate) fn same_step(one: Elem, other: Elem) -> bool {
    match (one, other) {
        (Elem::Item(Some(one)), Elem::Item(Some(other))) => one == other,
        (Elem::Item(_), Elem::Item(_)) => true,
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_cut_at_its_end() {
        let mut facts = Facts::new(2);
        let field = |number| Elem::Field(FieldId(number));
        let mut path = 0;
        for number in [3, 2, 1] {
            path = facts.before(field(number), path);
        }
        let steps: Vec<Elem> = facts.steps(path).collect();
        assert_eq!(steps, [field(1), field(2)]);
        // What was cut is tainted as a whole.
        let rest = facts
            .behind(path, field(1))
            .and_then(|rest| facts.behind(rest, field(2)));
        assert_eq!(rest, Some(0));
        assert_eq!(facts.behind(0, field(9)), Some(0));
        assert_eq!(facts.behind(path, field(2)), None);
    }

    #[test]
    fn a_path_has_a_field_once() {
        let mut facts = Facts::new(5);
        let field = |number| Elem::Field(FieldId(number));
        let value = facts.before(field(2), 0);
        let next = facts.before(field(1), value);
        assert_eq!(facts.before(field(1), next), next);
        let other = facts.before(field(3), next);
        assert_eq!(facts.before(field(1), other), next);
    }

    #[test]
    fn constant_keys_are_told_apart() {
        let one = Elem::Item(Some(Known::Constant(Constant::Number(1))));
        let two = Elem::Item(Some(Known::Constant(Constant::Number(2))));
        assert!(!same_step(one, two));
        assert!(same_step(one, Elem::Item(None)) && same_step(Elem::Item(None), two));
        assert!(!same_step(one, Elem::Keys));
    }
}
