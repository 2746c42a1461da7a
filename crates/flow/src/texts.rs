//! Texts that the code of an app puts together and hands to calls.

use dex::{Code, Limits, Tracker, Value};
use rustc_hash::FxHashMap;

use crate::app::App;
use crate::ir::{ArgumentText, At, MethodId, Stmt};

/// The texts that arguments of these calls hold whenever they run.
pub(crate) fn of_arguments(app: &App<'_>, calls: &[(MethodId, Vec<At>)]) -> Vec<ArgumentText> {
    let mut tracker = Tracker::new(&app.tables.package, &Limits::default());
    let mut found = Vec::new();
    for (method, places) in calls {
        let texts = in_method(app, &mut tracker, *method, places);
        found.extend(texts.into_iter().flatten());
    }
    found
}

fn in_method<'p, 'a>(
    app: &'p App<'a>,
    tracker: &mut Tracker<'p, 'a>,
    method: MethodId,
    places: &[At],
) -> Option<Vec<ArgumentText>> {
    let number = app.tables.method_row(method)?.def?.0;
    let (part, def) = app.tables.definition(method)?;
    let body = app.bodies.get(&method)?;
    let code = Code::parse(&part.dex, def.code).ok()?;
    let rows = &app.tables.rows.get(number as usize)?.methods;
    let invoked: FxHashMap<u32, u32> = code
        .instructions()
        .filter(|insn| insn.is_invoke())
        .filter_map(|insn| Some((insn.at, *rows.get(insn.index as usize)?)))
        .collect();
    let mut units: Vec<(u32, At)> = Vec::new();
    for &at in places {
        if let (Some(Stmt::Call(call)), Some(unit)) =
            (body.stmts.get(at as usize), body.units.get(at as usize))
        {
            // A call that the lowering added stands at the unit of another.
            if invoked.get(unit) == Some(&call.method.0) {
                units.push((*unit, at));
            }
        }
    }
    units.sort_unstable();
    units.dedup_by_key(|(unit, _)| *unit);
    let asked: Vec<u32> = units.iter().map(|(unit, _)| *unit).collect();
    let values = tracker.values(number, &def, &code, &asked);
    let mut found = Vec::new();
    for ((_, at), call) in units.into_iter().zip(values.calls) {
        for (argument, value) in call.args.into_iter().enumerate() {
            if let (Ok(argument), Value::Str { v }) = (u8::try_from(argument), value) {
                found.push(((method, at, argument), v));
            }
        }
    }
    Some(found)
}
