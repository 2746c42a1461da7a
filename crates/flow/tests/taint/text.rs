//! Programs written as text, for tests.

use std::collections::{BTreeMap, HashMap};

use flow::ir::{
    At, Body, Call, ClassId, Constant, Dispatch, FieldId, FieldName, Local, MethodId, MethodName, Program,
    Stmt, TextId,
};

#[derive(Default)]
pub struct Text {
    classes: Vec<String>,
    supers: HashMap<ClassId, Vec<ClassId>>,
    fields: Vec<(ClassId, String)>,
    methods: Vec<(ClassId, String, String)>,
    texts: Vec<String>,
    bodies: BTreeMap<MethodId, Body>,
    targets: HashMap<(MethodId, At), Vec<MethodId>>,
    callers: HashMap<MethodId, Vec<(MethodId, At)>>,
    intents: HashMap<(MethodId, At), Vec<ClassId>>,
    reached: Vec<MethodId>,
    defined: Vec<ClassId>,
}

/// Reads a program: `class LA; < LB;` and methods, which end with `}`.
///
/// Each statement stands in a line; `name:` marks a place, `! name` at the end of a line is the handler of its exceptions.
pub fn program(source: &str) -> Text {
    let mut text = Text::default();
    let mut lines = source.lines().map(str::trim).filter(|line| !line.is_empty());
    while let Some(line) = lines.next() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["class", name, rest @ ..] => {
                let class = text.class(name);
                text.defined.push(class);
                let above = rest
                    .iter()
                    .filter(|word| **word != "<")
                    .map(|word| text.class(word));
                let above: Vec<ClassId> = above.collect();
                text.supers.insert(class, above);
            }
            ["method", name, params @ .., "{"] => {
                let method = text.method(name);
                let lines: Vec<&str> = lines.by_ref().take_while(|line| *line != "}").collect();
                let body = text.read_body(method, params, &lines);
                text.bodies.insert(method, body);
                text.reached.push(method);
            }
            other => panic!("not understood: {other:?}"),
        }
    }
    text.link();
    text
}

struct Locals(HashMap<&'static str, Local>);

impl Locals {
    fn get(&mut self, name: &'static str) -> Local {
        let next = self.0.len() as Local;
        *self.0.entry(name).or_insert(next)
    }
}

impl Text {
    fn class(&mut self, name: &str) -> ClassId {
        ClassId(place(&mut self.classes, name.to_owned()))
    }

    fn method(&mut self, name: &str) -> MethodId {
        let (class, rest) = name.split_once("->").unwrap();
        let (simple, proto) = rest.split_at(rest.find('(').unwrap());
        let class = self.class(class);
        MethodId(place(
            &mut self.methods,
            (class, simple.to_owned(), proto.to_owned()),
        ))
    }

    fn field(&mut self, name: &str) -> FieldId {
        let (class, name) = name.split_once("->").unwrap();
        let class = self.class(class);
        FieldId(place(&mut self.fields, (class, name.to_owned())))
    }

    fn read_body(&mut self, method: MethodId, params: &[&str], lines: &[&str]) -> Body {
        let mut locals = Locals(HashMap::new());
        let mut body = Body {
            params: params.iter().map(|param| locals.get(leak(param))).collect(),
            ..Body::default()
        };
        let mut labels: HashMap<&str, At> = HashMap::new();
        let mut count = 0;
        for line in lines {
            match line.strip_suffix(':') {
                Some(label) => {
                    labels.insert(label, count);
                }
                None => count += 1,
            }
        }
        let code = lines.iter().filter(|line| !line.ends_with(':'));
        for (at, line) in code.enumerate() {
            let (line, handler) = match line.split_once(" ! ") {
                Some((line, handler)) => (line, Some(labels[handler])),
                None => (*line, None),
            };
            let mut next = vec![at as At + 1];
            let words: Vec<&'static str> = line.split_whitespace().map(leak).collect();
            let stmt = match words.as_slice() {
                ["goto", label] => {
                    next = vec![labels[label]];
                    Stmt::Nop
                }
                ["if", on, label] => {
                    next.push(labels[label]);
                    Stmt::Branch {
                        on: [Some(locals.get(on)), None],
                    }
                }
                ["return", value @ ..] => {
                    next.clear();
                    Stmt::Return {
                        value: value.first().map(|value| locals.get(value)),
                    }
                }
                ["throw", value] => {
                    next.clear();
                    Stmt::Throw {
                        value: locals.get(value),
                    }
                }
                [to, "=", "catch"] => Stmt::Catch { to: locals.get(to) },
                [to, "=", "new", class] => Stmt::New {
                    to: locals.get(to),
                    class: self.class(class),
                },
                [to, "=", "static", field] => Stmt::LoadStatic {
                    to: locals.get(to),
                    field: self.field(field),
                },
                ["static", field, "=", from] => Stmt::StoreStatic {
                    field: self.field(field),
                    from: locals.get(from),
                },
                [to, "=", one, "+", other] => Stmt::Compute {
                    to: locals.get(to),
                    from: [Some(locals.get(one)), Some(locals.get(other))],
                },
                ["call", rest @ ..] => self.call(rest, None, (method, at as At), &mut locals),
                [to, "=", "call", rest @ ..] => {
                    let to = locals.get(to);
                    self.call(rest, Some(to), (method, at as At), &mut locals)
                }
                [left, "=", right] => self.assign(left, right, &mut locals),
                other => panic!("not understood: {other:?}"),
            };
            next.extend(handler);
            body.stmts.push(stmt);
            body.next.push(next);
            body.units.push(at as u32);
        }
        body.locals = locals.0.len() as u32;
        body
    }

    fn call(
        &mut self,
        words: &[&'static str],
        to: Option<Local>,
        place: (MethodId, At),
        locals: &mut Locals,
    ) -> Stmt {
        let dispatch = match words[0] {
            "static" => Dispatch::Static,
            "exact" => Dispatch::Exact,
            _ => Dispatch::Virtual,
        };
        let method = self.method(words[1]);
        let mut args = words[2..].to_vec();
        if let Some(at) = args.iter().position(|word| *word == "for") {
            let class = self.class(args[at + 1]);
            self.intents.insert(place, vec![class]);
            args.truncate(at);
        }
        Stmt::Call(Box::new(Call {
            dispatch,
            method,
            args: args.into_iter().map(|arg| locals.get(arg)).collect(),
            to,
        }))
    }

    fn assign(&mut self, left: &'static str, right: &'static str, locals: &mut Locals) -> Stmt {
        if let Some((array, index)) = left.strip_suffix(']').and_then(|left| left.split_once('[')) {
            return Stmt::StoreElement {
                array: locals.get(array),
                index: locals.get(index),
                from: locals.get(right),
            };
        }
        if let Some((object, field)) = left.split_once('.') {
            return Stmt::Store {
                object: locals.get(object),
                field: self.field(field),
                from: locals.get(right),
            };
        }
        let to = locals.get(left);
        if let Some((array, index)) = right.strip_suffix(']').and_then(|right| right.split_once('[')) {
            return Stmt::LoadElement {
                to,
                array: locals.get(array),
                index: locals.get(index),
            };
        }
        if let Ok(number) = right.parse() {
            return Stmt::Const {
                to,
                value: Constant::Number(number),
            };
        }
        if let Some(text) = right.strip_prefix('"') {
            let text = TextId(place(&mut self.texts, text.trim_end_matches('"').to_owned()));
            return Stmt::Const {
                to,
                value: Constant::Text(text),
            };
        }
        match right.split_once('.') {
            Some((object, field)) => Stmt::Load {
                to,
                object: locals.get(object),
                field: self.field(field),
            },
            None => Stmt::Move {
                to,
                from: locals.get(right),
            },
        }
    }

    /// Calls go to the method of the class named and to those of classes below it.
    fn link(&mut self) {
        self.reached.sort_unstable();
        for (caller, body) in &self.bodies {
            for (at, stmt) in body.stmts.iter().enumerate() {
                let Stmt::Call(call) = stmt else { continue };
                let (class, name, proto) = &self.methods[call.method.0 as usize];
                let fits = |method: &&MethodId| {
                    let (other, simple, signature) = &self.methods[method.0 as usize];
                    let exact = *other == *class;
                    let below = self.supers.get(other).is_some_and(|above| above.contains(class));
                    simple == name
                        && signature == proto
                        && (exact || below && call.dispatch == Dispatch::Virtual)
                };
                let found: Vec<MethodId> = self.bodies.keys().filter(fits).copied().collect();
                for target in &found {
                    self.callers.entry(*target).or_default().push((*caller, at as At));
                }
                self.targets.insert((*caller, at as At), found);
            }
        }
    }
}

fn leak(word: &str) -> &'static str {
    Box::leak(word.to_owned().into_boxed_str())
}

fn place<T: PartialEq>(all: &mut Vec<T>, one: T) -> u32 {
    let found = all.iter().position(|other| *other == one);
    found.unwrap_or_else(|| {
        all.push(one);
        all.len() - 1
    }) as u32
}

impl Program for Text {
    fn body(&self, method: MethodId) -> Option<&Body> {
        self.bodies.get(&method)
    }

    fn targets(&self, method: MethodId, at: At) -> &[MethodId] {
        self.targets.get(&(method, at)).map_or(&[], Vec::as_slice)
    }

    fn callers(&self, method: MethodId) -> &[(MethodId, At)] {
        self.callers.get(&method).map_or(&[], Vec::as_slice)
    }

    fn reached(&self) -> &[MethodId] {
        &self.reached
    }

    fn method_name(&self, method: MethodId) -> MethodName<'_> {
        let (class, name, proto) = &self.methods[method.0 as usize];
        MethodName {
            class: *class,
            name,
            proto,
        }
    }

    fn field_name(&self, field: FieldId) -> FieldName<'_> {
        let (class, name) = &self.fields[field.0 as usize];
        FieldName {
            class: *class,
            name,
            kind: "Ljava/lang/Object;",
        }
    }

    fn class_name(&self, class: ClassId) -> &str {
        &self.classes[class.0 as usize]
    }

    fn supers(&self, class: ClassId) -> &[ClassId] {
        self.supers.get(&class).map_or(&[], Vec::as_slice)
    }

    fn defines(&self, class: ClassId) -> bool {
        self.defined.contains(&class)
    }

    fn text(&self, text: TextId) -> &str {
        &self.texts[text.0 as usize]
    }

    fn intent_targets(&self, method: MethodId, at: At) -> &[ClassId] {
        self.intents.get(&(method, at)).map_or(&[], Vec::as_slice)
    }
}
