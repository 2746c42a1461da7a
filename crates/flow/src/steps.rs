//! The steps of rows, compiled to numbers.

use rustc_hash::FxHashMap;

use crate::ir::{Call, ClassId, Dispatch, FieldId, Local, MethodId, Stmt};
use crate::program::Tables;
use crate::query::Kind;

/// A value that a step names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// An argument of the call.
    Argument(u32),
    /// A name of the row, by number.
    Name(u32),
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Run {
        on: Value,
        method: MethodId,
        args: Vec<Value>,
        to: Option<Value>,
    },
    New {
        class: ClassId,
        to: Value,
    },
    Put {
        object: Value,
        field: FieldId,
        from: Value,
    },
    Get {
        object: Value,
        field: FieldId,
        to: Value,
    },
    Keep {
        field: FieldId,
        from: Value,
    },
    Read {
        field: FieldId,
        to: Value,
    },
    Give(Value),
    Start(Kind, Value),
    Callbacks,
    Providers,
}

/// The names of one row, by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowNames(Vec<String>);

impl RowNames {
    fn number(&mut self, name: &str) -> u32 {
        let known = self.0.iter().position(|known| known == name);
        known.unwrap_or_else(|| {
            self.0.push(name.to_owned());
            self.0.len() - 1
        }) as u32
    }

    /// How many names there are.
    pub(crate) fn len(&self) -> u32 {
        self.0.len() as u32
    }

    /// The number of a name, which is added when it is new.
    pub(crate) fn value(&mut self, name: &str) -> Value {
        match name.parse() {
            Ok(argument) => Value::Argument(argument),
            Err(_) => Value::Name(self.number(name)),
        }
    }
}

/// Reads one step; `class` is what a method without a class belongs to. None when the line is no step.
pub(crate) fn parse<'a>(
    tables: &mut Tables<'a>,
    names: &mut RowNames,
    class: Option<&'a str>,
    line: &'a str,
) -> Option<Step> {
    let mut words: Vec<&'a str> = line.split_whitespace().collect();
    let mut to = None;
    if let [before @ .., "->", name] = words.as_slice() {
        to = Some(names.value(name));
        words = before.to_vec();
    }
    Some(match words.as_slice() {
        ["run", on, method, args @ ..] => Step::Run {
            on: names.value(on),
            method: method_named(tables, class, method)?,
            args: args.iter().map(|arg| names.value(arg)).collect(),
            to,
        },
        ["new", class] => Step::New {
            class: tables.class_named(0, class),
            to: to?,
        },
        ["put", object, field, from] => Step::Put {
            object: names.value(object),
            field: hidden(tables, field),
            from: names.value(from),
        },
        ["get", object, field] => Step::Get {
            object: names.value(object),
            field: hidden(tables, field),
            to: to?,
        },
        ["keep", field, from] => Step::Keep {
            field: hidden(tables, field),
            from: names.value(from),
        },
        ["read", field] => Step::Read {
            field: hidden(tables, field),
            to: to?,
        },
        ["give", value] => Step::Give(names.value(value)),
        ["start", kind, value] => Step::Start(kind_named(kind)?, names.value(value)),
        ["callbacks"] => Step::Callbacks,
        ["providers"] => Step::Providers,
        _ => return None,
    })
}

fn kind_named(kind: &str) -> Option<Kind> {
    Some(match kind {
        "activity" => Kind::Activity,
        "service" => Kind::Service,
        "receiver" => Kind::Receiver,
        "provider" => Kind::Provider,
        _ => return None,
    })
}

/// The method of `La/B;->c(I)V`, or of `c(I)V` in a class.
pub(crate) fn method_named<'a>(
    tables: &mut Tables<'a>,
    class: Option<&'a str>,
    text: &'a str,
) -> Option<MethodId> {
    let (class, rest) = match text.split_once("->") {
        Some((class, rest)) => (class, rest),
        None => (class?, text),
    };
    let sig = tables.sig_named(rest)?;
    let class = tables.class_named(0, class);
    Some(tables.method(class, sig))
}

/// A field that no file declares.
pub(crate) fn hidden<'a>(tables: &mut Tables<'a>, name: &'a str) -> FieldId {
    let class = tables.class_named(0, "L$hidden;");
    let name = tables.names.add(name.as_bytes());
    let kind = tables.names.add(b"Ljava/lang/Object;");
    tables.field((class, name, kind))
}

/// The statement of a step, with the locals its values stand for; none for the steps that life cycles know.
pub(crate) fn statement(
    step: &Step,
    local: &dyn Fn(Value) -> Local,
    starts: &FxHashMap<Kind, MethodId>,
) -> Option<Stmt> {
    Some(match step {
        Step::Run { on, method, args, to } => {
            let args = std::iter::once(on)
                .chain(args)
                .map(|value| local(*value))
                .collect();
            Stmt::Call(Box::new(Call {
                dispatch: Dispatch::Virtual,
                method: *method,
                args,
                to: to.map(local),
            }))
        }
        Step::New { class, to } => Stmt::New {
            to: local(*to),
            class: *class,
        },
        Step::Put { object, field, from } => Stmt::Store {
            object: local(*object),
            field: *field,
            from: local(*from),
        },
        Step::Get { object, field, to } => Stmt::Load {
            to: local(*to),
            object: local(*object),
            field: *field,
        },
        Step::Keep { field, from } => Stmt::StoreStatic {
            field: *field,
            from: local(*from),
        },
        Step::Read { field, to } => Stmt::LoadStatic {
            to: local(*to),
            field: *field,
        },
        Step::Start(kind, value) => Stmt::Call(Box::new(Call {
            dispatch: Dispatch::Static,
            method: *starts.get(kind)?,
            args: vec![local(*value)],
            to: None,
        })),
        Step::Give(_) | Step::Callbacks | Step::Providers => return None,
    })
}
