//! Runs methods with what is known of the answer to a request, once as if all was granted and once as if nothing was.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::query::Shape;
use super::Rows;
use crate::app::App;
use crate::ir::{At, Body, Call, Constant, Local, MethodId, Program, Stmt};
use crate::operation::{combined, comparison, holds, operations, Operations};

/// Calls in a row that are followed.
const MOST_CALLS: u32 = 10;
/// Methods that one call may lead to.
const MOST_TARGETS: usize = 4;
/// Statements times locals of a method that is looked at.
const MOST_CELLS: usize = 1_000_000;

/// What is known of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Value {
    /// Not yet set.
    Never,
    Number(i64),
    /// A number that is at least one: the length of an answer.
    AtLeastOne,
    /// The numbers of an answer, or what holds its truth values.
    Answer(Shape),
    Any,
}

impl Value {
    fn or(self, other: Value) -> Value {
        match (self, other) {
            (Value::Never, value) | (value, Value::Never) => value,
            (one, other) if one == other => one,
            _ => Value::Any,
        }
    }
}

/// How a method was first come by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub before: MethodId,
    pub at: At,
    pub certain: bool,
}

/// One way the user may have answered, and the code that then may run.
pub(super) struct World<'w, 'a> {
    app: &'w App<'a>,
    rows: &'w Rows<'w>,
    granted: bool,
    budget: u64,
    pub complete: bool,
    pub reached: FxHashSet<(MethodId, At)>,
    pub steps: FxHashMap<MethodId, Step>,
    /// Calls of ends, with the row and what is known of the number of a request.
    pub ends: BTreeMap<(MethodId, At), (usize, Value)>,
    /// Calls that set a button, with the row.
    pub buttons: BTreeMap<(MethodId, At), usize>,
    /// Whether another screen may be opened.
    pub opens: bool,
    /// What methods give back, with how many calls in a row could be followed from there.
    results: FxHashMap<(MethodId, Vec<Value>), (Value, u32)>,
    operations: FxHashMap<MethodId, Operations>,
}

impl<'w, 'a> World<'w, 'a> {
    pub(super) fn new(app: &'w App<'a>, rows: &'w Rows<'w>, granted: bool, budget: u64) -> Self {
        World {
            app,
            rows,
            granted,
            budget,
            complete: true,
            reached: FxHashSet::default(),
            steps: FxHashMap::default(),
            ends: BTreeMap::new(),
            buttons: BTreeMap::new(),
            opens: false,
            results: FxHashMap::default(),
            operations: FxHashMap::default(),
        }
    }

    /// What is left of the budget.
    pub(super) fn left(&self) -> u64 {
        self.budget
    }

    /// Runs a method from outside.
    pub(super) fn begin(&mut self, method: MethodId, args: Vec<Value>) {
        let step = Step {
            before: method,
            at: 0,
            certain: true,
        };
        self.steps.entry(method).or_insert(step);
        self.run(method, args, MOST_CALLS);
    }

    /// What a method gives back: `Never` when it does not come back.
    fn run(&mut self, method: MethodId, args: Vec<Value>, depth: u32) -> Value {
        let key = (method, args);
        if let Some((known, _)) = self.results.get(&key).filter(|known| known.1 >= depth) {
            return *known;
        }
        let app = self.app;
        let Some(body) = app.body(method).filter(|_| depth > 0) else {
            return Value::Any;
        };
        if body.stmts.len().saturating_mul(body.locals as usize) > MOST_CELLS {
            self.complete = false;
            return Value::Any;
        }
        // A method that calls itself may give anything until it is known.
        self.results.insert(key.clone(), (Value::Any, depth));
        let result = self.follow(method, body, &key.1, depth);
        self.results.insert(key, (result, depth));
        result
    }

    fn follow(&mut self, method: MethodId, body: &Body, args: &[Value], depth: u32) -> Value {
        let mut states: Vec<Option<Vec<Value>>> = vec![None; body.stmts.len()];
        let mut start = vec![Value::Any; body.locals as usize];
        for (local, value) in body.params.iter().zip(args) {
            if let Some(slot) = start.get_mut(*local as usize) {
                *slot = *value;
            }
        }
        let mut pending = BTreeSet::new();
        if let Some(first) = states.first_mut() {
            *first = Some(start);
            pending.insert(0 as At);
        }
        let mut result = Value::Never;
        while let Some(at) = pending.pop_first() {
            let Some(state) = states.get(at as usize).cloned().flatten() else {
                continue;
            };
            let cost = 1 + state.len() as u64 / 8;
            match self.budget.checked_sub(cost) {
                Some(left) => self.budget = left,
                None => {
                    self.complete = false;
                    return Value::Any;
                }
            }
            self.reached.insert((method, at));
            let (Some(stmt), Some(next)) = (body.stmts.get(at as usize), body.next.get(at as usize)) else {
                continue;
            };
            let mut after = state.clone();
            let mut to: &[At] = next;
            match stmt {
                Stmt::Return { value } => {
                    let value = value.map_or(Value::Any, |local| held(&state, local));
                    result = result.or(value);
                }
                Stmt::Branch { on } => {
                    if let (Some(taken), [falls, target]) = (self.decide(method, body, at, *on, &state), to) {
                        to = std::slice::from_ref(if taken { target } else { falls });
                    }
                }
                Stmt::Call(call) => {
                    let value = self.call(method, at, call, &state, depth);
                    if value == Value::Never {
                        to = next.get(1..).unwrap_or_default();
                    }
                    set(&mut after, call.to, value);
                }
                _ => self.compute(method, body, at, stmt, &mut after),
            }
            for (number, place) in to.iter().enumerate() {
                // A handler is run with what stood before the statement.
                let handler = !matches!(stmt, Stmt::Branch { .. }) && (number > 0 || to.len() < next.len());
                let state = if handler { &state } else { &after };
                if join(&mut states, *place, state) {
                    pending.insert(*place);
                }
            }
        }
        result
    }

    fn compute(&mut self, method: MethodId, body: &Body, at: At, stmt: &Stmt, state: &mut [Value]) {
        match stmt {
            Stmt::Const { to, value } => {
                let value = match value {
                    Constant::Number(number) => Value::Number(*number),
                    _ => Value::Any,
                };
                set(state, Some(*to), value);
            }
            Stmt::Move { to, from } => {
                let value = held(state, *from);
                set(state, Some(*to), value);
            }
            Stmt::LoadElement { to, array, .. } => {
                let value = match held(state, *array) {
                    Value::Answer(Shape::Codes) => self.code(),
                    _ => Value::Any,
                };
                set(state, Some(*to), value);
            }
            Stmt::LoadStatic { to, field } => {
                let name = self.app.field_name(*field);
                let text = format!("{}->{}", self.app.class_name(name.class), name.name);
                let known = self.rows.query.fields.get(&text);
                set(
                    state,
                    Some(*to),
                    known.map_or(Value::Any, |number| Value::Number(*number)),
                );
            }
            Stmt::Compute { to, from } => {
                let value = self.computed(method, body, at, *from, state);
                set(state, Some(*to), value);
            }
            Stmt::New { to, .. } | Stmt::Load { to, .. } | Stmt::Catch { to } => {
                set(state, Some(*to), Value::Any)
            }
            _ => {}
        }
    }

    fn computed(
        &mut self,
        method: MethodId,
        body: &Body,
        at: At,
        from: [Option<Local>; 2],
        state: &[Value],
    ) -> Value {
        let one = from[0].map_or(Value::Any, |local| held(state, local));
        let (op, literal) = self.operation(method, body, at);
        let other = from[1].map_or(Value::Number(literal), |local| held(state, local));
        match (op, one, other) {
            (0x21, Value::Answer(Shape::Codes), _) => Value::AtLeastOne,
            // and
            (0x95 | 0xb5 | 0xd5 | 0xdd, Value::Number(0), _) => Value::Number(0),
            (0x95 | 0xb5 | 0xd5 | 0xdd, _, Value::Number(0)) => Value::Number(0),
            (op, Value::Number(one), Value::Number(other)) => {
                combined(op, one, other).map_or(Value::Any, Value::Number)
            }
            _ => Value::Any,
        }
    }

    /// Whether a branch is taken, when that is known.
    fn decide(
        &mut self,
        method: MethodId,
        body: &Body,
        at: At,
        on: [Option<Local>; 2],
        state: &[Value],
    ) -> Option<bool> {
        let one = on[0].map_or(Value::Any, |local| held(state, local));
        let other = on[1].map_or(Value::Number(0), |local| held(state, local));
        let (op, _) = self.operation(method, body, at);
        let compare = comparison(op)?;
        match (one, other) {
            (Value::Number(one), Value::Number(other)) => Some(holds(compare, one, other)),
            (Value::AtLeastOne, Value::Number(number)) if number <= 0 => Some(matches!(compare, 1 | 3 | 4)),
            (Value::AtLeastOne, Value::Number(1)) if compare == 2 || compare == 3 => Some(compare == 3),
            (Value::Number(number), Value::AtLeastOne) if number <= 0 => Some(matches!(compare, 1 | 2 | 5)),
            // What answers is an object, not null.
            (Value::Answer(_), Value::Number(0)) if compare < 2 => Some(compare == 1),
            _ => None,
        }
    }

    fn call(&mut self, method: MethodId, at: At, call: &Call, state: &[Value], depth: u32) -> Value {
        let app = self.app;
        let args: Vec<Value> = call.args.iter().map(|local| held(state, *local)).collect();
        let targets = app.targets(method, at);
        let of = self.rows.of(app, call.method);
        if let Some(row) = of.end {
            let code = self.rows.query.ends.get(row).and_then(|row| row.code);
            let fixed = usize::from(call.dispatch != crate::ir::Dispatch::Static);
            let code = code.and_then(|code| args.get(code as usize + fixed)).copied();
            let known = self.ends.entry((method, at)).or_insert((row, Value::Never));
            known.1 = known.1.or(code.unwrap_or(Value::Any));
            return Value::Any;
        }
        if let Some(row) = of.button {
            self.buttons.insert((method, at), row);
            return Value::Any;
        }
        if of.open {
            self.opens = true;
            return Value::Any;
        }
        if of.state {
            return self.code();
        }
        if of.same {
            return match args.first().copied().unwrap_or(Value::Any) {
                Value::Answer(Shape::Truths) => Value::Number(i64::from(self.granted)),
                value => value,
            };
        }
        if of.equal {
            return match (args.first(), args.get(1)) {
                (Some(Value::Answer(Shape::Truths)), Some(Value::Number(other)))
                | (Some(Value::Number(other)), Some(Value::Answer(Shape::Truths))) => {
                    Value::Number(i64::from(i64::from(self.granted) == *other))
                }
                (Some(Value::Number(one)), Some(Value::Number(other))) => {
                    Value::Number(i64::from(one == other))
                }
                _ => Value::Any,
            };
        }
        if targets.is_empty() {
            let draws = args.first() == Some(&Value::Answer(Shape::Truths));
            let object = app.method_name(call.method).proto.ends_with(';');
            // What is taken out of it holds them too.
            return if draws && object {
                Value::Answer(Shape::Truths)
            } else {
                Value::Any
            };
        }
        let followed: Vec<MethodId> = targets
            .iter()
            .copied()
            .filter(|target| !self.rows.is_outside(app, *target) && !app.component_of.contains_key(target))
            .collect();
        if followed.len() != targets.len() || followed.len() > MOST_TARGETS {
            return Value::Any;
        }
        let single = followed.len() == 1;
        let certain = single && self.steps.get(&method).is_some_and(|step| step.certain);
        let mut result = Value::Never;
        for target in followed {
            let step = Step {
                before: method,
                at,
                certain,
            };
            self.steps.entry(target).or_insert(step);
            result = result.or(self.run(target, args.clone(), depth - 1));
        }
        result
    }

    fn code(&self) -> Value {
        Value::Number(if self.granted { 0 } else { -1 })
    }

    fn operation(&mut self, method: MethodId, body: &Body, at: At) -> (u8, i64) {
        let app = self.app;
        let known = self
            .operations
            .entry(method)
            .or_insert_with(|| operations(app, method));
        let unit = body.units.get(at as usize).copied().unwrap_or(0);
        known.get(&unit).copied().unwrap_or((0, 0))
    }
}

fn held(state: &[Value], local: Local) -> Value {
    state.get(local as usize).copied().unwrap_or(Value::Any)
}

fn set(state: &mut [Value], local: Option<Local>, value: Value) {
    if let Some(slot) = local.and_then(|local| state.get_mut(local as usize)) {
        *slot = value;
    }
}

/// Brings locals to a statement, and says whether it has to be looked at again.
fn join(states: &mut [Option<Vec<Value>>], at: At, state: &[Value]) -> bool {
    let Some(slot) = states.get_mut(at as usize) else {
        return false;
    };
    let Some(known) = slot else {
        *slot = Some(state.to_vec());
        return true;
    };
    let mut changed = false;
    for (old, new) in known.iter_mut().zip(state) {
        let joined = old.or(*new);
        changed |= joined != *old;
        *old = joined;
    }
    changed
}
