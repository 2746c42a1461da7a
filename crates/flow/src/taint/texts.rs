//! Texts that decide whether a call is a source, where code puts them together.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::constant::{known_before, tellers};
use super::scope::{Scope, Start};
use crate::ir::{At, MethodId, Stmt};
use crate::models::Origin;

/// Calls that are looked at.
const MOST_ASKED: usize = 4000;

/// The texts that the conditions of the source sites ask for, as far as they are no constants but can be told.
pub(super) fn told(scope: &Scope<'_>, starts: &[Start]) -> FxHashMap<(MethodId, At, u8), String> {
    let mut wanted: BTreeMap<(MethodId, At, u8), Vec<(At, u8)>> = BTreeMap::new();
    for start in starts {
        let row = &scope.query.sources[start.source as usize];
        for when in row.when.iter().filter(|when| !when.texts.is_empty()) {
            let place = (start.method, start.at, when.argument);
            if wanted.len() >= MOST_ASKED || wanted.contains_key(&place) {
                continue;
            }
            let Some(view) = scope.view(start.method) else {
                continue;
            };
            let Stmt::Call(call) = view.stmt(start.at) else {
                continue;
            };
            let local = Scope::argument(call, Origin::Arg(when.argument));
            let known = local.and_then(|local| known_before(scope, view, start.at, local));
            let tellers = match known {
                Some(_) => Vec::new(),
                None => tellers(scope, view, start.at, when.argument),
            };
            wanted.insert(place, tellers);
        }
    }
    let mut calls: BTreeMap<MethodId, Vec<At>> = BTreeMap::new();
    for ((method, _, _), tellers) in &wanted {
        let all = calls.entry(*method).or_default();
        all.extend(tellers.iter().map(|(at, _)| *at));
    }
    calls.retain(|_, all| {
        all.sort_unstable();
        all.dedup();
        !all.is_empty()
    });
    let calls: Vec<(MethodId, Vec<At>)> = calls.into_iter().collect();
    let found = match calls.is_empty() {
        true => Vec::new(),
        false => scope.program.argument_texts(&calls),
    };
    let found: FxHashMap<(MethodId, At, u8), String> = found.into_iter().collect();
    let text = |method: MethodId, tellers: &[(At, u8)]| {
        let mut texts = tellers
            .iter()
            .filter_map(|(at, number)| found.get(&(method, *at, *number)));
        texts.next().cloned()
    };
    let told = wanted.iter();
    told.filter_map(|(place, tellers)| Some((*place, text(place.0, tellers)?)))
        .collect()
}
