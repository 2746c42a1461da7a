//! Objects handed over to be run: threads, posted runnables, executor tasks.

use dex::{Code, Insn, Limits, MethodDef, Package, Tracker, Value};

use super::methods::{Methods, NONE};

/// A method that the platform calls on an object it was given.
struct Later {
    /// The type of the object, or the method of the platform that is called on it.
    trigger: &'static [u8],
    name: &'static [u8],
    /// Its return type, then its parameters.
    types: &'static [&'static [u8]],
}

const fn later(trigger: &'static [u8], name: &'static [u8], types: &'static [&'static [u8]]) -> Later {
    Later { trigger, name, types }
}

/// What runs when an object of one of these types is handed to the platform.
const TASKS: [Later; 4] = [
    later(b"Ljava/lang/Runnable;", b"run", &[b"V"]),
    later(b"Ljava/lang/Thread;", b"run", &[b"V"]),
    later(b"Ljava/util/TimerTask;", b"run", &[b"V"]),
    later(
        b"Ljava/util/concurrent/Callable;",
        b"call",
        &[b"Ljava/lang/Object;"],
    ),
];

/// What runs when a method of this name, inherited from the platform, is called on an object.
const STARTS: [Later; 3] = [
    later(b"start", b"run", &[b"V"]),
    later(
        b"execute",
        b"doInBackground",
        &[b"Ljava/lang/Object;", b"[Ljava/lang/Object;"],
    ),
    later(
        b"executeOnExecutor",
        b"doInBackground",
        &[b"Ljava/lang/Object;", b"[Ljava/lang/Object;"],
    ),
];

/// For each row of one DEX's method table what a call of it runs later.
pub(crate) struct Tasks {
    rows: Vec<Task>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Task {
    Nothing,
    /// It receives tasks as arguments.
    Given,
    /// It starts the object it is called on, which then runs the method of this signature.
    Started(u32),
}

impl Tasks {
    pub(crate) fn new(package: &Package<'_>, methods: &Methods<'_, '_>, number: usize) -> Self {
        let dex = &package.parts()[number].dex;
        let is_task = |kind: u32| {
            dex.descriptor(kind)
                .is_some_and(|name| TASKS.iter().any(|task| task.trigger == name))
        };
        let given: Vec<bool> = (0..dex.protos())
            .map(|proto| dex.parameters(proto).iter().any(is_task))
            .collect();
        let starts: Vec<(&[u8], u32)> = STARTS
            .iter()
            .filter_map(|start| Some((start.trigger, methods.signature(start.name, start.types)?)))
            .collect();
        let task = |row: u32| {
            let signature = methods.signature_of_row(number, row);
            let member = dex.method(row)?;
            let class = methods.class_of_type(number, member.class);
            if methods.resolve(class, signature).is_some() {
                return None;
            }
            if given.get(member.kind as usize) == Some(&true) {
                // A class that neither the package nor the platform has may keep the task until somebody agrees.
                let known = class != NONE || dex.descriptor(member.class).is_some_and(of_platform);
                return known.then_some(Task::Given);
            }
            let name = dex.name(member.name)?;
            starts
                .iter()
                .find(|(start, _)| *start == name)
                .map(|(_, runs)| Task::Started(*runs))
        };
        Tasks {
            rows: (0..dex.methods())
                .map(|row| task(row).unwrap_or(Task::Nothing))
                .collect(),
        }
    }

    /// Whether a call of this row runs anything later.
    pub(crate) fn concerns(&self, row: u32) -> bool {
        self.rows
            .get(row as usize)
            .is_some_and(|task| *task != Task::Nothing)
    }
}

/// Follows the objects of one method to the calls that run them.
pub(crate) struct Runner<'p, 'a> {
    package: &'p Package<'a>,
    tracker: Tracker<'p, 'a>,
}

impl<'p, 'a> Runner<'p, 'a> {
    pub(crate) fn new(package: &'p Package<'a>) -> Self {
        Runner {
            package,
            tracker: Tracker::new(package, &Limits::default()),
        }
    }

    /// The methods that the calls `calls`, in ascending order, run later on objects created in this method.
    pub(crate) fn run_later(
        &mut self,
        methods: &Methods<'p, 'a>,
        tasks: &Tasks,
        (number, method): (usize, &MethodDef),
        (code, calls): (&Code<'a>, &[Insn]),
    ) -> Vec<u32> {
        let group = self.package.parts()[number].dex.group();
        let starts: Vec<u32> = calls.iter().map(|call| call.at).collect();
        let values = self.tracker.values(number as u32, method, code, &starts);
        let mut later = Vec::new();
        for (call, known) in calls.iter().zip(values.calls) {
            let mut classes = Vec::new();
            match tasks.rows.get(call.index as usize) {
                Some(Task::Started(runs)) => {
                    known.on.iter().for_each(|on| created(on, &mut classes));
                    for class in classes {
                        later.extend(methods.resolve(methods.class_named(group, &class), *runs));
                    }
                }
                Some(Task::Given) => {
                    known.args.iter().for_each(|arg| created(arg, &mut classes));
                    for class in classes {
                        let class = methods.class_named(group, &class);
                        let runs = TASKS
                            .iter()
                            .filter_map(|task| methods.signature(task.name, task.types));
                        later.extend(runs.filter_map(|runs| methods.resolve(class, runs)));
                    }
                }
                _ => {}
            }
        }
        later
    }
}

fn of_platform(class: &[u8]) -> bool {
    [&b"Landroid/"[..], b"Ljava/"]
        .iter()
        .any(|start| class.starts_with(start))
}

/// The classes of the objects that a value may be, of those created in the method.
fn created(value: &Value, classes: &mut Vec<Vec<u8>>) {
    match value {
        Value::New { v } => classes.push(dex::encode_mutf8(v)),
        Value::Any { v } => v.iter().for_each(|one| created(one, classes)),
        _ => {}
    }
}
