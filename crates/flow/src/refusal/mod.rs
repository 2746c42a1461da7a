//! Requests for permission: what explains them before they are made, and what only their refusal leads to.
//!
//! A method that is told the answer runs twice, with what is known of its values: once as if all was granted, once as if
//! nothing was. What may run then and not there follows a refusal only.

mod query;
mod reason;
mod rows;
mod values;
mod world;

use std::collections::{BTreeMap, BTreeSet};

pub use query::{Answered, Calls, End, Reason, Refusal, RefusalQuery, Registered, Shape};

use rows::{is_below, Rows};
use values::Values;
use world::{Value, World};

use crate::app::App;
use crate::ir::{At, FieldId, MethodId, Program, Stmt};
use crate::phase::Link;

/// Requests that are looked at.
const MOST_REQUESTS: usize = 2_000;
/// Statements visited for one request, in each world.
const MOST_FOR_ONE: u64 = 100_000;
/// Statements visited in all, unless the query says otherwise.
const BUDGET: u64 = 2_000_000;

/// A call that asks for permissions.
struct Request {
    method: MethodId,
    at: At,
    row: usize,
    code: Option<i64>,
    /// The field that holds the object asked.
    field: Option<FieldId>,
}

/// A method that is told what was granted.
struct Told {
    method: MethodId,
    args: Vec<Value>,
    /// Which parameter is the number of the request, the receiver counted.
    code: Option<usize>,
    /// The method that registered it, and the field that holds what asks.
    by: Option<(MethodId, Option<FieldId>)>,
}

/// Says of each request what explains it and what its refusal leads to; also of methods that are told of requests which are
/// not seen. Gives besides whether everything was looked at.
pub fn refusals(app: &App<'_>, query: &RefusalQuery) -> (Vec<Refusal>, bool) {
    let rows = Rows::new(query);
    let mut values = Values::new(app);
    let (requests, told, mut complete) = sites(app, &rows, &mut values);
    let mut left = if query.budget == 0 { BUDGET } else { query.budget };
    let mut seen = vec![false; told.len()];
    let mut answers = Vec::new();
    for request in &requests {
        let mut linked = Vec::new();
        for (number, row) in told.iter().enumerate() {
            if belongs(app, request, row) {
                linked.push(row);
                seen[number] = true;
            }
        }
        let (method, unit) = app.locator(request.method, request.at);
        let mut refusal = blank(
            query.requests.get(request.row).map(|row| row.id.clone()),
            method,
            unit,
        );
        refusal.code = request.code;
        refusal.reason = reason::before(app, &rows, request.method, request.at);
        answer(app, &rows, &mut values, &linked, &mut refusal, &mut left);
        answers.push(refusal);
    }
    for (row, _) in told.iter().zip(&seen).filter(|(_, seen)| !**seen) {
        let mut refusal = blank(None, app.method_text(row.method), 0);
        answer(app, &rows, &mut values, &[row], &mut refusal, &mut left);
        if !refusal.ends.is_empty() {
            answers.push(refusal);
        }
    }
    complete &= answers.iter().all(|refusal| refusal.complete);
    answers.sort_by(|one, other| (&one.method, one.unit).cmp(&(&other.method, other.unit)));
    (answers, complete)
}

fn blank(id: Option<String>, method: String, unit: u32) -> Refusal {
    Refusal {
        id,
        method,
        unit,
        code: None,
        answers: Vec::new(),
        ends: Vec::new(),
        reason: None,
        complete: true,
    }
}

/// The requests, and who is told of answers.
fn sites(app: &App<'_>, rows: &Rows<'_>, values: &mut Values<'_, '_>) -> (Vec<Request>, Vec<Told>, bool) {
    let (mut requests, mut told) = (Vec::new(), Vec::new());
    for method in app.reached().iter().copied() {
        if rows.is_outside(app, method) {
            continue;
        }
        told.extend(answered(app, rows, method));
        let Some(body) = app.body(method) else {
            continue;
        };
        for (at, stmt) in body.stmts.iter().enumerate() {
            let at = at as At;
            let Stmt::Call(call) = stmt else {
                continue;
            };
            let of = rows.of(app, call.method);
            if let Some(row) = of.request {
                let code = rows.query.requests.get(row).and_then(|row| row.code);
                let code = code.and_then(|code| values.argument(call, code));
                requests.push(Request {
                    method,
                    at,
                    row,
                    code: code.and_then(|local| values.number(method, at, local)),
                    field: call
                        .args
                        .first()
                        .and_then(|local| values.field(method, at, *local)),
                });
            }
            if let Some(row) = of.registration.and_then(|row| rows.query.registrations.get(row)) {
                told.extend(registered(app, values, (method, at), call, row));
            }
        }
    }
    let complete = requests.len() <= MOST_REQUESTS;
    requests.truncate(MOST_REQUESTS);
    (requests, told, complete)
}

/// A method as one that the platform tells.
fn answered(app: &App<'_>, rows: &Rows<'_>, method: MethodId) -> Option<Told> {
    let name = app.method_name(method);
    let mut all = rows.query.answers.iter();
    let row = all.find(|row| {
        row.name == name.name && row.proto == name.proto && is_below(app, name.class, &row.class)
    })?;
    let body = app.body(method)?;
    let mut args = vec![Value::Any; body.params.len()];
    if let Some(slot) = row.result.and_then(|result| args.get_mut(result as usize + 1)) {
        *slot = Value::Answer(row.shape);
    }
    Some(Told {
        method,
        args,
        code: row.code.map(|code| code as usize + 1),
        by: None,
    })
}

/// The methods that are told because of a call that registers them.
fn registered(
    app: &App<'_>,
    values: &mut Values<'_, '_>,
    (method, at): (MethodId, At),
    call: &crate::ir::Call,
    row: &Registered,
) -> Vec<Told> {
    let mut contract = values
        .argument(call, row.contract)
        .map_or(Vec::new(), |local| values.classes(method, at, local));
    contract.retain(|class| row.contracts.iter().any(|name| name == app.class_name(*class)));
    if contract.is_empty() {
        return Vec::new();
    }
    let callback = values.argument(call, row.callback);
    let classes = callback.map_or(Vec::new(), |local| values.classes(method, at, local));
    let field = call.to.and_then(|to| values.stored(method, at, to));
    let runs = classes
        .into_iter()
        .filter_map(|class| values.method(class, &row.runs));
    runs.map(|told| {
        let mut args = vec![Value::Any; app.body(told).map_or(0, |body| body.params.len())];
        if let Some(slot) = args.get_mut(1) {
            *slot = Value::Answer(Shape::Truths);
        }
        Told {
            method: told,
            args,
            code: None,
            by: Some((method, field)),
        }
    })
    .collect()
}

/// Whether a method is told of the answer to a request.
fn belongs(app: &App<'_>, request: &Request, told: &Told) -> bool {
    if let Some((method, field)) = told.by {
        return match (field, request.field) {
            (Some(one), Some(other)) => one == other,
            _ => request.code.is_none() && related(app, request.method, method),
        };
    }
    related(app, request.method, told.method)
}

/// Whether two methods are of one class, of classes within one, or of one above the other.
fn related(app: &App<'_>, one: MethodId, other: MethodId) -> bool {
    let classes = [one, other].map(|method| app.method_name(method).class);
    let outer = classes.map(|class| {
        let text = app.class_name(class);
        text.split_once('$')
            .map_or(text.to_owned(), |(outer, _)| format!("{outer};"))
    });
    let above = |from: usize, to: usize| {
        let class = app.tables.find_class(0, &outer[from]).unwrap_or(classes[from]);
        is_below(app, class, &outer[to])
    };
    outer[0] == outer[1] || above(0, 1) || above(1, 0)
}

/// Adds to a refusal what those who are told of it do.
fn answer(
    app: &App<'_>,
    rows: &Rows<'_>,
    values: &mut Values<'_, '_>,
    told: &[&Told],
    refusal: &mut Refusal,
    left: &mut u64,
) {
    for row in told {
        let mut args = row.args.clone();
        let slot = row.code.and_then(|code| args.get_mut(code));
        if let (Some(slot), Some(code)) = (slot, refusal.code) {
            *slot = Value::Number(code);
        }
        refusal.answers.push(app.method_text(row.method));
        let most = MOST_FOR_ONE.min(*left);
        let mut granted = World::new(app, rows, true, most);
        // Where something was refused for sure, nothing else runs.
        let refused_only =
            !row.args.iter().any(|value| matches!(value, Value::Answer(_))) && row.code.is_none();
        if !refused_only {
            granted.begin(row.method, args.clone());
        }
        let mut refused = World::new(app, rows, false, most);
        refused.begin(row.method, args);
        *left = left.saturating_sub(2 * most - granted.left() - refused.left());
        // What a world left out may be the same as in the other.
        if !granted.complete || !refused.complete {
            refusal.complete = false;
            continue;
        }
        refusal.ends.extend(ends(app, rows, values, &granted, &refused));
    }
    refusal.answers.sort();
    refusal.answers.dedup();
    refusal.ends.sort();
    refusal.ends.dedup();
}

fn ends(
    app: &App<'_>,
    rows: &Rows<'_>,
    values: &mut Values<'_, '_>,
    granted: &World<'_, '_>,
    refused: &World<'_, '_>,
) -> Vec<End> {
    let mut found = told_ends(app, rows, refused, None, |place| {
        !granted.reached.contains(&place)
    });
    let buttons = refused
        .buttons
        .iter()
        .filter(|(place, _)| !granted.reached.contains(place));
    let mut pressed: Vec<Vec<End>> = Vec::new();
    for ((method, at), row) in buttons {
        let body = app.body(*method);
        let (Some(Stmt::Call(call)), Some(row)) = (
            body.and_then(|body| body.stmts.get(*at as usize)),
            rows.query.buttons.get(*row),
        ) else {
            continue;
        };
        let listener = row.listener.and_then(|listener| values.argument(call, listener));
        let classes = listener.map_or(Vec::new(), |local| values.classes(*method, *at, local));
        let mut behind = Vec::new();
        for target in classes
            .into_iter()
            .filter_map(|class| values.method(class, &row.runs))
        {
            let mut world = World::new(app, rows, false, MOST_FOR_ONE / 4);
            let params = app.body(target).map_or(0, |body| body.params.len());
            world.begin(target, vec![Value::Any; params]);
            let button = Some(app.method_text(call.method));
            for mut end in told_ends(app, rows, &world, button, |_| true) {
                let mut links = chain(app, refused, *method, *at);
                links.append(&mut end.chain);
                end.chain = links;
                behind.push(end);
            }
        }
        pressed.push(behind);
    }
    let every = pressed.iter().all(|behind| !behind.is_empty());
    for mut end in pressed.into_iter().flatten() {
        end.certain &= every;
        found.push(end);
    }
    // What a grant leads to as well, at another place, may be no answer to the refusal.
    let also: BTreeSet<&str> = granted
        .ends
        .values()
        .filter_map(|(row, _)| rows.query.ends.get(*row))
        // After a grant the next screen takes the place of this one.
        .filter(|row| !(row.closes && granted.opens))
        .map(|row| row.id.as_str())
        .collect();
    for end in &mut found {
        end.certain &= !also.contains(end.id.as_str());
    }
    found
}

/// The ends of a world at places that count.
fn told_ends(
    app: &App<'_>,
    rows: &Rows<'_>,
    world: &World<'_, '_>,
    button: Option<String>,
    counts: impl Fn((MethodId, At)) -> bool,
) -> Vec<End> {
    let mut found: BTreeMap<(MethodId, At), End> = BTreeMap::new();
    for ((method, at), (row, code)) in world.ends.iter().filter(|(place, _)| counts(**place)) {
        let body = app.body(*method);
        let (Some(Stmt::Call(call)), Some(row)) = (
            body.and_then(|body| body.stmts.get(*at as usize)),
            rows.query.ends.get(*row),
        ) else {
            continue;
        };
        let end = End {
            id: row.id.clone(),
            what: app.method_text(call.method),
            code: match code {
                Value::Number(code) => Some(*code),
                _ => None,
            },
            chain: chain(app, world, *method, *at),
            button: button.clone(),
            certain: world.steps.get(method).is_some_and(|step| step.certain) && !(row.closes && world.opens),
        };
        found.insert((*method, *at), end);
    }
    found.into_values().collect()
}

/// The methods from the one that was begun with to a place.
fn chain(app: &App<'_>, world: &World<'_, '_>, method: MethodId, at: At) -> Vec<Link> {
    let (mut method, mut at) = (method, at);
    let mut links = Vec::new();
    loop {
        let (text, unit) = app.locator(method, at);
        links.push(Link { method: text, unit });
        match world.steps.get(&method) {
            Some(step) if step.before != method && links.len() < MOST_LINKS => {
                (method, at) = (step.before, step.at)
            }
            _ => break,
        }
    }
    links.reverse();
    links
}

/// Methods of a chain that are told.
const MOST_LINKS: usize = 32;
