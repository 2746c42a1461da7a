//! Methods and constructors that are called by reflection.

use crate::draft::Draft;
use crate::ir::{Call, ClassId, Constant, Dispatch, MethodId, Stmt};
use crate::program::Sig;
use crate::sets::Element;

use super::special::MOST_NAMED;
use super::{Operand, Solver};

impl Solver<'_, '_> {
    pub(super) fn name_of(&mut self, of: Operand, result: u32) {
        for element in self.operand_elements(of) {
            let texts = match element {
                Element::Class(class) => {
                    let name = self.tables.class_text(class);
                    let name = name.strip_prefix('L').and_then(|name| name.strip_suffix(';'));
                    let name = name.map(|name| name.replace('/', "."));
                    name.map(|name| self.tables.texts.made(name))
                        .into_iter()
                        .collect()
                }
                Element::Object(thing) => {
                    let thing = self.things.get(thing as usize);
                    thing.map_or_else(Vec::new, |thing| thing.texts.clone())
                }
                _ => Vec::new(),
            };
            for text in texts {
                self.add_result(result, Element::Text(text));
            }
        }
    }

    pub(super) fn make_by_reflection(&mut self, site: u32, class: ClassId) {
        let result = self.sites[site as usize].result;
        self.make(class);
        self.add_result(result, Element::Exact(class));
        let methods = self.tables.methods_named(class, "<init>");
        for method in methods.into_iter().take(MOST_NAMED) {
            if self.remade.insert((site, method)) {
                let row = &self.sites[site as usize];
                let (caller, at) = (row.method, row.at);
                self.reach(method);
                self.open(method);
                if let Some(node) = self.param(method, 0) {
                    self.add_element(node, Element::Exact(class));
                }
                // The constructor is no target of the call, which passes an array and has a result.
                let maker = self.invoker(method, Some(class));
                self.reach(maker);
                self.direct.push((caller, at, maker));
                if let Some(result) = self.result(maker) {
                    let to = self.sites[site as usize].result;
                    self.link(result, to);
                }
            }
        }
    }

    pub(super) fn find_method(&mut self, site: u32, args: &[Operand]) {
        let row = &self.sites[site as usize];
        let (result, method, at) = (row.result, row.method, row.at);
        let arg = |number: usize| args.get(number).copied().unwrap_or(super::NO_OPERAND);
        let classes: Vec<ClassId> = self
            .operand_elements(arg(0))
            .into_iter()
            .filter_map(|element| match element {
                Element::Class(class) => Some(class),
                _ => None,
            })
            .collect();
        let names = self.texts_of(site, 1);
        if classes.is_empty() || names.is_empty() {
            return;
        }
        let thing = self.thing_at(method, at);
        self.extend(thing as usize, classes, names);
        self.add_result(result, Element::Object(thing));
    }

    pub(super) fn invoke_method(&mut self, site: u32, method: Operand) {
        for element in self.operand_elements(method) {
            let Element::Object(thing) = element else { continue };
            let Some(row) = self.things.get(thing as usize) else {
                continue;
            };
            let (classes, texts) = (row.classes.clone(), row.texts.clone());
            for class in classes {
                for name in &texts {
                    let name = self.tables.texts.text(*name).to_owned();
                    let mut targets = self.tables.methods_named(class, &name);
                    if targets.is_empty() {
                        targets = self.tables.known_named(class, &name);
                    }
                    for target in targets.into_iter().take(MOST_NAMED) {
                        let target = self.invoker(target, None);
                        self.add_target(site, target);
                    }
                }
            }
        }
    }

    /// A body that takes what a reflective call is given, and calls the method with the elements of the array.
    pub(super) fn invoker(&mut self, method: MethodId, making: Option<ClassId>) -> MethodId {
        if let Some(&known) = self.invokers.get(&method) {
            return known;
        }
        let Some(row) = self.tables.method_row(method).copied() else {
            return method;
        };
        let fixed = row.access & dex::ACC_STATIC != 0;
        let count = crate::rows::parameter_types(self.tables, method).len();
        let mut draft = Draft::new(
            3,
            if making.is_some() {
                vec![0, 2]
            } else {
                vec![0, 1, 2]
            },
        );
        let index = draft.local();
        let mut args = Vec::new();
        if let Some(class) = making {
            draft.push(Stmt::New { to: 1, class });
            args.push(1);
        } else if !fixed {
            draft.push(Stmt::Cast {
                of: 1,
                class: row.class,
            });
            args.push(1);
        }
        for number in 0..count {
            let value = Constant::Number(number as i64);
            draft.push(Stmt::Const { to: index, value });
            let to = draft.local();
            draft.push(Stmt::LoadElement { to, array: 2, index });
            args.push(to);
        }
        let result = draft.local();
        draft.push(Stmt::Call(Box::new(Call {
            dispatch: match (fixed, making) {
                (true, _) => Dispatch::Static,
                (_, Some(_)) => Dispatch::Exact,
                _ => Dispatch::Virtual,
            },
            method,
            args,
            to: making.is_none().then_some(result),
        })));
        draft.push(Stmt::Return {
            value: Some(if making.is_some() { 1 } else { result }),
        });
        let made = self.made_method(method, making.is_some());
        self.bodies.insert(made, draft.finish());
        self.invokers.insert(method, made);
        made
    }

    pub(super) fn made_method(&mut self, method: MethodId, making: bool) -> MethodId {
        let name = format!("invoke {}", self.tables.method_text(method));
        let name = self.tables.names.made(name);
        let object: &[u8] = b"Ljava/lang/Object;";
        let types: &[&[u8]] = match making {
            true => &[object, object, b"[Ljava/lang/Object;"],
            false => &[object, object, object, b"[Ljava/lang/Object;"],
        };
        let types = types.iter().map(|kind| self.tables.names.add(kind)).collect();
        let proto = self.tables.protos.add(&self.tables.names, types);
        let sig: Sig = self.tables.sig(name, proto);
        let class = self.tables.class_named(0, "L$platform;");
        self.tables.make(class, sig, dex::ACC_STATIC)
    }
}
