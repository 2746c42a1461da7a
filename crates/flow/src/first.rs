//! Runs methods as they run as long as nothing is stored: what reads a stored flag gives its default.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::app::App;
use crate::ir::{At, Body, Call, Constant, Dispatch, Local, MethodId, Program, Stmt};
use crate::operation::{combined, comparison, holds, operations, Operations};

/// Calls in a row that are followed.
const MOST_CALLS: u32 = 4;
/// Statements times locals of a method that is looked at.
const MOST_CELLS: usize = 1_000_000;
/// Statements of a method whose result is worked out.
const MOST_CALLED: usize = 256;
/// Statements and locals that are looked at in one app.
const BUDGET: u64 = 20_000_000;

/// What is known of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Value {
    /// Not yet set.
    Never,
    /// Also truth values, and null, which is 0.
    Number(i64),
    /// An object, not null.
    Object,
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

/// Where branches lead at the first start.
pub(crate) struct FirstStart<'f, 'a> {
    app: &'f App<'a>,
    budget: u64,
    results: FxHashMap<(MethodId, Vec<Value>, u32), Value>,
    operations: FxHashMap<MethodId, Operations>,
}

impl<'f, 'a> FirstStart<'f, 'a> {
    pub(crate) fn new(app: &'f App<'a>) -> Self {
        FirstStart {
            app,
            budget: BUDGET,
            results: FxHashMap::default(),
            operations: FxHashMap::default(),
        }
    }

    /// For each branch of a method whose side is known as long as nothing is stored the statement it leads to.
    pub(crate) fn sides(&mut self, method: MethodId) -> FxHashMap<At, At> {
        let mut sides = FxHashMap::default();
        if let Some(body) = self.app.body(method) {
            if self.follow(method, body, &[], MOST_CALLS, &mut sides).is_none() {
                sides.clear();
            }
        }
        sides
    }

    /// What a method gives back.
    fn run(&mut self, method: MethodId, args: Vec<Value>, depth: u32) -> Value {
        let body = self.app.body(method).filter(|_| depth > 0);
        let Some(body) = body.filter(|body| body.stmts.len() <= MOST_CALLED) else {
            return Value::Any;
        };
        let key = (method, args, depth);
        if let Some(known) = self.results.get(&key) {
            return *known;
        }
        let result = self.follow(method, body, &key.1, depth, &mut FxHashMap::default());
        // One that does not come back is not told from one that may.
        let result = result.filter(|value| *value != Value::Never);
        let result = result.unwrap_or(Value::Any);
        self.results.insert(key, result);
        result
    }

    /// What a body gives back, none when it was not followed to the end; notes where its branches lead.
    fn follow(
        &mut self,
        method: MethodId,
        body: &Body,
        args: &[Value],
        depth: u32,
        sides: &mut FxHashMap<At, At>,
    ) -> Option<Value> {
        if body.stmts.len().saturating_mul(body.locals as usize) > MOST_CELLS {
            return None;
        }
        let mut start = vec![Value::Any; body.locals as usize];
        for (local, value) in body.params.iter().zip(args) {
            set(&mut start, Some(*local), *value);
        }
        let mut states: Vec<Option<Vec<Value>>> = vec![None; body.stmts.len()];
        *states.first_mut()? = Some(start);
        let mut pending = BTreeSet::from([0 as At]);
        let mut result = Value::Never;
        while let Some(at) = pending.pop_first() {
            let before = states.get(at as usize)?.clone()?;
            self.budget = self.budget.checked_sub(1 + before.len() as u64 / 8)?;
            let (stmt, mut to) = (
                body.stmts.get(at as usize)?,
                body.next.get(at as usize)?.as_slice(),
            );
            let mut after = before.clone();
            match stmt {
                Stmt::Return { value } => {
                    result = result.or(value.map_or(Value::Any, |local| held(&before, local)));
                }
                Stmt::Branch { on } => {
                    sides.remove(&at);
                    if let (Some(taken), [falls, target]) = (self.decide(method, body, at, *on, &before), to)
                    {
                        let side = if taken { target } else { falls };
                        sides.insert(at, *side);
                        to = std::slice::from_ref(side);
                    }
                }
                Stmt::Call(call) => {
                    let value = self.call(method, at, call, &before, depth);
                    set(&mut after, call.to, value);
                }
                _ => self.compute(method, body, at, stmt, &mut after),
            }
            for (number, place) in to.iter().enumerate() {
                // A handler is run with what stood before the statement.
                let handler = number > 0 && !matches!(stmt, Stmt::Branch { .. });
                if join(&mut states, *place, if handler { &before } else { &after }) {
                    pending.insert(*place);
                }
            }
        }
        Some(result)
    }

    fn compute(&mut self, method: MethodId, body: &Body, at: At, stmt: &Stmt, state: &mut [Value]) {
        let (to, value) = match stmt {
            Stmt::Const { to, value } => (*to, constant(*value)),
            Stmt::New { to, .. } => (*to, Value::Object),
            Stmt::Move { to, from } => (*to, held(state, *from)),
            Stmt::LoadStatic { to, field } => {
                let known = self.app.field_constant(*field);
                (*to, known.map_or(Value::Any, constant))
            }
            Stmt::Compute { to, from } => (*to, self.computed(method, body, at, *from, state)),
            Stmt::Load { to, .. } | Stmt::LoadElement { to, .. } | Stmt::Catch { to } => (*to, Value::Any),
            _ => return,
        };
        set(state, Some(to), value);
    }

    fn computed(
        &mut self,
        method: MethodId,
        body: &Body,
        at: At,
        from: [Option<Local>; 2],
        state: &[Value],
    ) -> Value {
        let (op, literal) = self.operation(method, body, at);
        let one = from[0].map_or(Value::Any, |local| held(state, local));
        let other = from[1].map_or(Value::Number(literal), |local| held(state, local));
        match (op, one, other) {
            // The order of two long numbers.
            (0x31, Value::Number(one), Value::Number(other)) => Value::Number(one.cmp(&other) as i64),
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
        let comparison = comparison(self.operation(method, body, at).0)?;
        let one = held(state, on[0]?);
        let other = on[1].map_or(Value::Number(0), |local| held(state, local));
        match (one, other) {
            (Value::Number(one), Value::Number(other)) => Some(holds(comparison, one, other)),
            (Value::Object, Value::Number(0)) | (Value::Number(0), Value::Object) if comparison < 2 => {
                Some(comparison == 1)
            }
            _ => None,
        }
    }

    fn call(&mut self, method: MethodId, at: At, call: &Call, state: &[Value], depth: u32) -> Value {
        let args: Vec<Value> = call.args.iter().map(|local| held(state, *local)).collect();
        if self.app.is_flag(call.method) {
            return self.default(call, &args);
        }
        match self.app.targets(method, at) {
            [target] if call.to.is_some() => self.run(*target, args, depth - 1),
            _ => Value::Any,
        }
    }

    /// What a flag is when nothing was stored: the last argument where it has the type of the result, else false, 0 or null.
    fn default(&self, call: &Call, args: &[Value]) -> Value {
        let proto = self.app.method_name(call.method).proto;
        let (parameters, result) = proto.rsplit_once(')').unwrap_or_default();
        let fixed = usize::from(call.dispatch != Dispatch::Static);
        match args.len().saturating_sub(fixed) {
            1 if result != "V" => Value::Number(0),
            2 if parameters.ends_with(result) => args.last().copied().unwrap_or(Value::Any),
            _ => Value::Any,
        }
    }

    fn operation(&mut self, method: MethodId, body: &Body, at: At) -> (u8, i64) {
        let app = self.app;
        let known = self.operations.entry(method);
        let known = known.or_insert_with(|| operations(app, method));
        let unit = body.units.get(at as usize).copied().unwrap_or(0);
        known.get(&unit).copied().unwrap_or((0, 0))
    }
}

fn constant(value: Constant) -> Value {
    match value {
        Constant::Number(number) => Value::Number(number),
        Constant::Text(_) | Constant::Class(_) => Value::Object,
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
