//! Sets of what a value may be, each kept once.

use rustc_hash::FxHashMap;

use crate::ir::{ClassId, TextId};

/// One thing that a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Element {
    /// An object of exactly this class.
    Exact(ClassId),
    /// An object of this class or any below it, of which nothing more is known.
    Any(ClassId),
    /// The class object of a class.
    Class(ClassId),
    /// This text.
    Text(TextId),
    /// The object made at one place, of those that are told apart (intents and the like).
    Object(u32),
}

/// Number of a set.
pub(crate) type SetId = u32;
/// The set of nothing.
pub(crate) const EMPTY: SetId = 0;

/// Elements of a set; one that would be larger says the type only.
const MOST_ELEMENTS: usize = 24;
/// Sets that are told apart; beyond that every value is only known by its type.
const MOST_SETS: usize = 1 << 21;
/// Texts of a set; one that would hold more says that it is some text.
const MOST_TEXTS: usize = 4;

/// All sets that anything is.
#[derive(Debug)]
pub(crate) struct Sets {
    rows: Vec<Box<[Element]>>,
    numbers: FxHashMap<Box<[Element]>, SetId>,
    unions: FxHashMap<(SetId, SetId), Option<SetId>>,
    string: ClassId,
}

impl Sets {
    pub(crate) fn new(string: ClassId) -> Self {
        let mut sets = Sets {
            rows: Vec::new(),
            numbers: FxHashMap::default(),
            unions: FxHashMap::default(),
            string,
        };
        sets.add(Vec::new());
        sets
    }

    /// The set of these elements, in order and each once.
    fn add(&mut self, elements: Vec<Element>) -> SetId {
        if let Some(&set) = self.numbers.get(elements.as_slice()) {
            return set;
        }
        let set = self.rows.len() as SetId;
        let elements = elements.into_boxed_slice();
        self.numbers.insert(elements.clone(), set);
        self.rows.push(elements);
        set
    }

    pub(crate) fn single(&mut self, element: Element) -> SetId {
        self.add(vec![element])
    }

    pub(crate) fn elements(&self, set: SetId) -> &[Element] {
        self.rows.get(set as usize).map_or(&[], |row| row)
    }

    /// Both sets together; none when that is too large.
    pub(crate) fn union(&mut self, one: SetId, other: SetId) -> Option<SetId> {
        if one == other || other == EMPTY {
            return Some(one);
        }
        if one == EMPTY {
            return Some(other);
        }
        let key = (one.min(other), one.max(other));
        if let Some(&set) = self.unions.get(&key) {
            return set;
        }
        let mut all: Vec<Element> = [one, other]
            .iter()
            .flat_map(|set| self.elements(*set))
            .copied()
            .collect();
        all.sort_unstable();
        all.dedup();
        let some_text = Element::Any(self.string);
        let texts = all.iter().filter(|one| matches!(one, Element::Text(_))).count();
        if texts > MOST_TEXTS || (texts > 0 && all.contains(&some_text)) {
            all.retain(|one| !matches!(one, Element::Text(_)));
            all.push(some_text);
            all.sort_unstable();
            all.dedup();
        }
        let fits = all.len() <= MOST_ELEMENTS && self.rows.len() < MOST_SETS;
        let set = fits.then(|| self.add(all));
        self.unions.insert(key, set);
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_kept_once_and_a_union_has_all_of_both() {
        let mut sets = Sets::new(ClassId(9));
        let one = sets.single(Element::Exact(ClassId(1)));
        let two = sets.single(Element::Exact(ClassId(2)));
        let both = sets.union(two, one);
        assert_eq!(both, sets.union(one, two));
        let both = both.unwrap_or(EMPTY);
        assert_eq!(
            sets.elements(both),
            [Element::Exact(ClassId(1)), Element::Exact(ClassId(2))]
        );
        assert_eq!(sets.union(both, one), Some(both));
    }

    #[test]
    fn many_texts_are_some_text_and_many_classes_no_set() {
        let mut sets = Sets::new(ClassId(9));
        let mut all = EMPTY;
        for text in 0..5 {
            let one = sets.single(Element::Text(TextId(text)));
            all = sets.union(all, one).unwrap_or(EMPTY);
        }
        assert_eq!(sets.elements(all), [Element::Any(ClassId(9))]);
        let mut all = Some(EMPTY);
        for class in 0..=MOST_ELEMENTS as u32 {
            let one = sets.single(Element::Exact(ClassId(class)));
            all = all.and_then(|all| sets.union(all, one));
        }
        assert_eq!(all, None);
    }
}
