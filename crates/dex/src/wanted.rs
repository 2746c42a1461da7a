//! A query, compiled once for all DEX files and then looked up in the tables of each, so that the pass over the code
//! compares numbers only.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::class::handles_of_call_site;
use crate::package::Package;
use crate::query::{CallQuery, Match, Query, Via};
use crate::scan::Marks;
use crate::tables::{Dex, Member};
use crate::{mutf8, ClassRef};

/// Classes and methods that may be looked at for one DEX to learn what is inherited.
const MOST_TREE_STEPS: u64 = 5_000_000;

/// A call, field or override asked for, in the bytes a DEX would hold.
struct Target {
    class: Vec<u8>,
    /// Parameters and then the return type of a method, the type of a field; none for any.
    types: Option<Vec<Vec<u8>>>,
}

type ByName<'q> = FxHashMap<&'q [u8], Vec<usize>>;

/// The query in a form that can be looked up in tables.
pub(crate) struct Questions<'q> {
    query: &'q Query,
    calls: Vec<Target>,
    fields: Vec<Target>,
    overrides: Vec<Target>,
    calls_by_name: ByName<'q>,
    fields_by_name: ByName<'q>,
    overrides_by_name: ByName<'q>,
    /// For each first byte the lengths of the names asked for, 63 standing for all longer ones: most strings of a file
    /// are told apart from all names by this alone.
    shapes: [u64; 256],
    texts: Option<AhoCorasick>,
    supers: FxHashMap<&'q [u8], Vec<&'q [u8]>>,
}

/// The rows of one DEX that the questions ask for.
#[derive(Default)]
pub(crate) struct Wanted {
    pub marks: Marks,
    pub methods: FxHashMap<u32, Vec<(usize, Via)>>,
    pub fields: FxHashMap<u32, Vec<(usize, Via)>>,
    pub strings: FxHashMap<u32, Vec<usize>>,
    /// Methods asked for that a call site of `invoke-custom` may call.
    pub call_sites: FxHashMap<u32, Vec<u32>>,
    pub overrides: FxHashMap<u32, Vec<usize>>,
    /// Whether the strings of this file share more bytes than it could hold, so that not all were compared.
    pub strings_cut: bool,
    /// Strings that could not be compared since they have no end.
    pub strings_endless: u32,
    /// Whether the class tree was too tangled to look up every inherited method.
    pub tree_cut: bool,
}

impl<'q> Questions<'q> {
    pub(crate) fn new(query: &'q Query) -> Self {
        let method = |call: &CallQuery| Target {
            class: mutf8::encode(&call.class),
            types: call.proto.as_deref().map(descriptors),
        };
        let texts: Vec<Vec<u8>> = query
            .strings
            .iter()
            .map(|string| mutf8::encode(&string.value))
            .collect();
        // An automaton too large to build leaves no text matched; patterns are the catalogue's own and few.
        let mut automaton = AhoCorasick::builder();
        automaton
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA));
        let mut questions = Questions {
            query,
            calls: query.calls.iter().map(method).collect(),
            overrides: query.overrides.iter().map(method).collect(),
            fields: query
                .fields
                .iter()
                .map(|field| Target {
                    class: mutf8::encode(&field.class),
                    types: field.kind.as_deref().map(|kind| vec![mutf8::encode(kind)]),
                })
                .collect(),
            calls_by_name: by_name(query.calls.iter().map(|call| call.name.as_str())),
            fields_by_name: by_name(query.fields.iter().map(|field| field.name.as_str())),
            overrides_by_name: by_name(query.overrides.iter().map(|call| call.name.as_str())),
            shapes: [0; 256],
            texts: automaton.build(&texts).ok().filter(|_| !texts.is_empty()),
            supers: FxHashMap::default(),
        };
        for (class, supers) in &query.supers {
            let list = supers.iter().map(|name| name.as_bytes()).collect();
            questions.supers.insert(class.as_bytes(), list);
        }
        let names = [
            &questions.calls_by_name,
            &questions.fields_by_name,
            &questions.overrides_by_name,
        ];
        for name in names.into_iter().flat_map(|names| names.keys()) {
            let (first, bit) = shape(name);
            questions.shapes[first] |= bit;
        }
        questions
    }

    /// Looks every question up in the tables of the DEX at `number`.
    pub(crate) fn look_up(&self, package: &Package<'_>, number: usize) -> Wanted {
        let part = &package.parts()[number];
        let dex = &part.dex;
        let mut wanted = Wanted {
            marks: Marks::none(dex),
            ..Wanted::default()
        };
        let names = self.scan_strings(dex, &mut wanted);
        let mut tree = Tree {
            package,
            supers: &self.supers,
            steps: MOST_TREE_STEPS,
        };
        for index in 0..dex.fields() {
            let Some(row) = dex.field(index).filter(|row| names.contains(&row.name)) else {
                continue;
            };
            let answers = self.matches(&mut tree, dex, &row, Sort::Field);
            if !answers.is_empty() {
                wanted.marks.fields[index as usize] = true;
                wanted.fields.insert(index, answers);
            }
        }
        for index in 0..dex.methods() {
            let Some(row) = dex.method(index).filter(|row| names.contains(&row.name)) else {
                continue;
            };
            let answers = self.matches(&mut tree, dex, &row, Sort::Call);
            if !answers.is_empty() {
                wanted.marks.methods[index as usize] = true;
                wanted.methods.insert(index, answers);
            }
            let answers = self.matches(&mut tree, dex, &row, Sort::Override);
            if !answers.is_empty() {
                wanted
                    .overrides
                    .insert(index, answers.into_iter().map(|(question, _)| question).collect());
            }
        }
        for index in 0..dex.call_sites() {
            let mut methods = dex
                .call_site(index)
                .map_or_else(Vec::new, |at| handles_of_call_site(dex, at));
            methods.retain(|method| wanted.methods.contains_key(method));
            if !methods.is_empty() {
                wanted.marks.call_sites[index as usize] = true;
                wanted.call_sites.insert(index, methods);
            }
        }
        wanted.tree_cut = tree.steps == 0;
        wanted
    }

    /// Marks the strings asked for and answers the rows that hold a name asked for.
    fn scan_strings(&self, dex: &Dex<'_>, wanted: &mut Wanted) -> FxHashSet<u32> {
        let mut names = FxHashSet::default();
        let mut budget = dex.budget();
        for index in 0..dex.strings() {
            let string = dex.whole_string(index);
            let cost = string.map_or_else(|looked_at| looked_at, <[u8]>::len);
            let Some(rest) = budget.checked_sub(cost as u64 + 1) else {
                wanted.strings_cut = true;
                break;
            };
            budget = rest;
            let Ok(bytes) = string else {
                wanted.strings_endless += 1;
                continue;
            };
            let (first, bit) = shape(bytes);
            if self.shapes[first] & bit != 0
                && (self.calls_by_name.contains_key(bytes)
                    || self.fields_by_name.contains_key(bytes)
                    || self.overrides_by_name.contains_key(bytes))
            {
                names.insert(index);
            }
            let matched = self.texts_in(bytes);
            if !matched.is_empty() {
                wanted.marks.strings[index as usize] = true;
                wanted.strings.insert(index, matched);
            }
        }
        names
    }

    /// The string questions that these bytes answer, in the order of the query.
    pub(crate) fn texts_in(&self, bytes: &[u8]) -> Vec<usize> {
        let mut matched = Vec::new();
        let Some(texts) = &self.texts else { return matched };
        for hit in texts.find_overlapping_iter(bytes) {
            let question = hit.pattern().as_usize();
            let fits = match self.query.strings[question].how {
                Match::Exact => hit.start() == 0 && hit.end() == bytes.len(),
                Match::Prefix => hit.start() == 0,
                Match::Contains => true,
            };
            if fits {
                matched.push(question);
            }
        }
        matched.sort_unstable();
        matched.dedup();
        matched
    }

    fn matches(
        &self,
        tree: &mut Tree<'_, '_, '_>,
        dex: &Dex<'_>,
        row: &Member,
        sort: Sort,
    ) -> Vec<(usize, Via)> {
        let (by_name, targets) = match sort {
            Sort::Call => (&self.calls_by_name, &self.calls),
            Sort::Field => (&self.fields_by_name, &self.fields),
            Sort::Override => (&self.overrides_by_name, &self.overrides),
        };
        let mut answers = Vec::new();
        let Some(name) = dex.name(row.name) else {
            return answers;
        };
        let Some(candidates) = by_name.get(name) else {
            return answers;
        };
        let Some(class) = dex.descriptor(row.class) else {
            return answers;
        };
        for &question in candidates {
            let target = &targets[question];
            if !target
                .types
                .as_ref()
                .is_none_or(|types| same_types(dex, row, sort, types))
            {
                continue;
            }
            if class == target.class {
                if sort != Sort::Override {
                    answers.push((question, Via::Exact));
                }
            } else if name.first() != Some(&b'<') && tree.inherits(dex, row, sort, class, &target.class) {
                answers.push((question, Via::Inherited));
            }
        }
        answers
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Call,
    Field,
    Override,
}

/// The class tree: that of the package, continued by the part of the platform's that the query gives.
struct Tree<'p, 'a, 'q> {
    package: &'p Package<'a>,
    supers: &'p FxHashMap<&'q [u8], Vec<&'q [u8]>>,
    /// Classes and methods that may still be looked at.
    steps: u64,
}

impl Tree<'_, '_, '_> {
    /// Whether `class` inherits the member from `ancestor`: no class between them, itself included, defines it anew. For
    /// an override it is enough to descend from `ancestor`.
    fn inherits(&mut self, dex: &Dex<'_>, row: &Member, sort: Sort, class: &[u8], ancestor: &[u8]) -> bool {
        let mut pending = vec![class];
        let mut seen = FxHashSet::default();
        while let Some(class) = pending.pop() {
            if class == ancestor {
                return true;
            }
            self.steps = self.steps.saturating_sub(1 + class.len() as u64 / 32);
            if self.steps == 0 || seen.len() > 1000 || !seen.insert(class) {
                continue;
            }
            if let Some(found) = self.package.class(dex.group(), class) {
                if sort != Sort::Call || !self.defines(found, dex, row) {
                    pending.extend(self.package.supers(found));
                }
            } else if let Some(supers) = self.supers.get(class) {
                pending.extend(supers);
            }
        }
        false
    }

    fn defines(&mut self, class: ClassRef, dex: &Dex<'_>, row: &Member) -> bool {
        let Some(part) = self.package.parts().get(class.dex as usize) else {
            return false;
        };
        let name = dex.name(row.name);
        part.methods_of(class.def).iter().any(|method| {
            let own = part
                .dex
                .method(method.method)
                .filter(|own| part.dex.name(own.name) == name);
            let types = own.map_or(0, |own| part.dex.parameters(own.kind).len() as u64);
            self.steps = self.steps.saturating_sub(1 + types);
            own.is_some_and(|own| same_proto(&part.dex, own.kind, dex, row.kind))
        })
    }
}

/// Whether two prototypes, of two DEX files, are the same.
pub(crate) fn same_proto(one: &Dex<'_>, a: u32, other: &Dex<'_>, b: u32) -> bool {
    let (own, others) = (one.parameters(a), other.parameters(b));
    let own_types = own.iter().chain(one.return_type(a));
    let other_types = others.iter().chain(other.return_type(b));
    own.len() == others.len()
        && own_types
            .zip(other_types)
            .all(|(x, y)| one.descriptor(x) == other.descriptor(y))
}

fn same_types(dex: &Dex<'_>, row: &Member, sort: Sort, types: &[Vec<u8>]) -> bool {
    if sort == Sort::Field {
        return types
            .first()
            .is_some_and(|kind| dex.descriptor(row.kind) == Some(kind));
    }
    let parameters = dex.parameters(row.kind);
    parameters.len() + 1 == types.len()
        && parameters
            .iter()
            .chain(dex.return_type(row.kind))
            .zip(types)
            .all(|(kind, wanted)| dex.descriptor(kind) == Some(wanted))
}

fn by_name<'q>(names: impl Iterator<Item = &'q str>) -> ByName<'q> {
    let mut map = ByName::default();
    for (question, name) in names.enumerate() {
        map.entry(name.as_bytes()).or_default().push(question);
    }
    map
}

fn shape(name: &[u8]) -> (usize, u64) {
    (
        usize::from(name.first().copied().unwrap_or(0)),
        1 << name.len().min(63),
    )
}

/// The descriptors in `(ILa/B;)V`, the return type last.
fn descriptors(proto: &str) -> Vec<Vec<u8>> {
    let bytes = mutf8::encode(proto);
    let mut types = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'(' | b')' => start = at,
            b'[' => {}
            _ => {
                if byte == b'L' {
                    at += memchr::memchr(b';', &bytes[at..]).map_or(bytes.len() - at, |end| end + 1);
                }
                types.push(bytes[start..at].to_vec());
                start = at;
            }
        }
    }
    types
}

/// Prefixes of class descriptors, sorted so that one search finds all that fit.
pub(crate) struct Prefixes {
    /// The prefix, its question, and the position of the longest other prefix of it.
    sorted: Vec<(Vec<u8>, usize, Option<usize>)>,
}

impl Prefixes {
    pub(crate) fn new(query: &Query) -> Self {
        let mut sorted: Vec<(Vec<u8>, usize, Option<usize>)> = query
            .classes
            .iter()
            .enumerate()
            .map(|(question, class)| (mutf8::encode(&class.prefix), question, None))
            .collect();
        sorted.sort();
        let mut open: Vec<usize> = Vec::new();
        for at in 0..sorted.len() {
            while open
                .last()
                .is_some_and(|&last| !sorted[at].0.starts_with(&sorted[last].0))
            {
                open.pop();
            }
            sorted[at].2 = open.last().copied();
            open.push(at);
        }
        Prefixes { sorted }
    }

    /// Calls `each` with every question whose prefix `name` begins with.
    pub(crate) fn of(&self, name: &[u8], mut each: impl FnMut(usize)) {
        let mut at = self
            .sorted
            .partition_point(|(prefix, _, _)| prefix.as_slice() <= name)
            .checked_sub(1);
        while let Some((prefix, question, shorter)) = at.and_then(|at| self.sorted.get(at)) {
            if name.starts_with(prefix) {
                each(*question);
            }
            at = *shorter;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::ClassQuery;

    #[test]
    fn a_prototype_is_split_into_its_types() {
        let split = |proto: &str| -> Vec<String> {
            descriptors(proto)
                .into_iter()
                .map(|kind| mutf8::decode(&kind))
                .collect()
        };
        assert_eq!(split("()V"), ["V"]);
        assert_eq!(split("(I[[JLa/B;[Lc;)[I"), ["I", "[[J", "La/B;", "[Lc;", "[I"]);
        assert_eq!(split("(La/B"), ["La/B"]);
    }

    #[test]
    fn every_prefix_that_fits_is_found_and_no_other() {
        let classes = ["La/", "La/b/", "La/b/", "La/c/", "L"];
        let query = Query {
            classes: classes
                .iter()
                .map(|prefix| ClassQuery {
                    id: String::new(),
                    prefix: (*prefix).to_owned(),
                })
                .collect(),
            ..Query::default()
        };
        let prefixes = Prefixes::new(&query);
        let found = |name: &str| {
            let mut all = Vec::new();
            prefixes.of(name.as_bytes(), |question| all.push(question));
            all.sort_unstable();
            all
        };
        assert_eq!(found("La/b/C;"), [0, 1, 2, 4]);
        assert_eq!(found("La/c;"), [0, 4]);
        assert_eq!(found("La/bz/C;"), [0, 4]);
        assert_eq!(found("[I"), Vec::<usize>::new());
    }
}
