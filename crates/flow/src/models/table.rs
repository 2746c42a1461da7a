//! Which rows are for which method.

use rustc_hash::{FxHashMap, FxHashSet};

use super::place::{origin, Names, Origin, Place};
use super::{BadModel, Model};
use crate::ir::{ClassId, MethodId, Program};

/// One flow of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Effect {
    pub from: Place,
    pub to: Place,
    /// The bits of what it does to the value.
    pub marks: u8,
}

/// A value that a callback gets from a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Enter {
    pub from: Place,
    /// The parameter, the receiver counted as 0.
    pub param: usize,
}

/// All that the models say of one method.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    pub flows: Vec<Effect>,
    pub clears: Vec<Place>,
    pub same: Option<Origin>,
    pub enters: Vec<Enter>,
}

#[derive(Debug)]
struct Row {
    protos: Vec<String>,
    effects: Effects,
}

/// The models by class and name.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
    by_name: FxHashMap<String, FxHashMap<String, Vec<usize>>>,
    /// Names that the rows use.
    pub names: Names,
}

impl Table {
    /// Reads all rows.
    pub(crate) fn new(models: &[Model]) -> Result<Table, BadModel> {
        let mut table = Table::default();
        for model in models {
            let mut effects = Effects::default();
            for flow in &model.flows {
                effects.flows.push(effect(flow, &mut table.names)?);
            }
            for place in &model.clears {
                effects.clears.push(Place::parse(place, &mut table.names)?);
            }
            for enter in &model.enters {
                let bad = || BadModel { words: enter.clone() };
                let (from, to) = enter.split_once("->").ok_or_else(bad)?;
                let param: usize = to.trim().parse().map_err(|_| bad())?;
                effects.enters.push(Enter {
                    from: Place::parse(from, &mut table.names)?,
                    param: param + 1,
                });
            }
            if let Some(same) = &model.same {
                let bad = || BadModel { words: same.clone() };
                effects.same = Some(origin(same).ok_or_else(bad)?);
            }
            let number = table.rows.len();
            table.rows.push(Row {
                protos: model.protos.clone(),
                effects,
            });
            for class in &model.classes {
                let names = table.by_name.entry(class.clone()).or_default();
                for name in &model.names {
                    names.entry(name.clone()).or_default().push(number);
                }
            }
        }
        Ok(table)
    }

    /// What the rows say of a method; none when no row is for it.
    pub(crate) fn of<P: Program + ?Sized>(&self, program: &P, method: MethodId) -> Option<Effects> {
        let name = program.method_name(method);
        if name.name == "<init>" {
            return self.in_class(program.class_name(name.class), name.name, name.proto);
        }
        // What a class of the platform does in general, it does not do for methods that the package declares below it.
        let general = !program.declares(method);
        for all in [false, true].into_iter().take(1 + usize::from(general)) {
            let mut found = None;
            above(program, name.class, |class| {
                let key = if all { "*" } else { name.name };
                found = self.in_class(program.class_name(class), key, name.proto);
                found.is_some()
            });
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn in_class(&self, class: &str, name: &str, proto: &str) -> Option<Effects> {
        let names = self.by_name.get(class)?;
        let whole = names.get(name).into_iter().flatten();
        self.merged(whole, proto).or_else(|| {
            let parts = names.iter().filter(|(part, _)| {
                part.len() > 1 && part.strip_suffix('*').is_some_and(|part| name.starts_with(part))
            });
            let mut numbers: Vec<usize> = parts.flat_map(|(_, numbers)| numbers).copied().collect();
            numbers.sort_unstable();
            self.merged(numbers.iter(), proto)
        })
    }

    fn merged<'r>(&'r self, numbers: impl Iterator<Item = &'r usize>, proto: &str) -> Option<Effects> {
        let mut found: Option<Effects> = None;
        for number in numbers {
            let row = &self.rows[*number];
            if row.protos.is_empty() || row.protos.iter().any(|start| proto.starts_with(start)) {
                let all = found.get_or_insert_with(Effects::default);
                all.flows.extend(row.effects.flows.iter().cloned());
                all.clears.extend(row.effects.clears.iter().cloned());
                all.enters.extend(row.effects.enters.iter().cloned());
                all.same = all.same.or(row.effects.same);
            }
        }
        found
    }
}

/// Classes and interfaces above one that are looked at.
const MOST_ABOVE: usize = 256;

/// Goes from a class upwards, each class once, until `see` is content.
pub(crate) fn above<P: Program + ?Sized>(program: &P, class: ClassId, mut see: impl FnMut(ClassId) -> bool) {
    let mut line = std::collections::VecDeque::from([class]);
    let mut known = FxHashSet::default();
    while let Some(class) = line.pop_front() {
        if known.len() < MOST_ABOVE && known.insert(class) {
            if see(class) {
                return;
            }
            line.extend(program.supers(class));
        }
    }
}

fn effect(text: &str, names: &mut Names) -> Result<Effect, BadModel> {
    let bad = || BadModel {
        words: text.to_owned(),
    };
    let (marks, flow) = match text.split_once(": ") {
        Some(("digest", flow)) => (crate::taint::DIGEST, flow),
        Some(("truncate", flow)) => (crate::taint::TRUNCATE, flow),
        Some(("aggregate", flow)) => (crate::taint::AGGREGATE, flow),
        Some(_) => return Err(bad()),
        None => (0, text),
    };
    let (from, to) = flow.split_once("->").ok_or_else(bad)?;
    Ok(Effect {
        from: Place::parse(from, names)?,
        to: Place::parse(to, names)?,
        marks,
    })
}
