//! Calls of the platform that decide what runs by their values: reflection with constant names, intents with constant targets.

use rustc_hash::FxHashSet;

use crate::ir::{At, ClassId, MethodId, TextId};
use crate::program::NONE;
use crate::query::Kind;
use crate::sets::Element;

use super::{Operand, Solver};

/// Methods of one name that a reflective call may mean.
pub(super) const MOST_NAMED: usize = 16;

/// What a call of the platform does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    /// Its result is the class that a text names.
    ClassOf,
    /// Its result is what the receiver is.
    Same,
    /// Its result is what the first argument is.
    Pass,
    /// Its result is an object of the class.
    Make,
    /// Its result is the method of a name.
    Method,
    /// It calls a method.
    Invoke,
    /// Its result is the name of the class or method.
    Name,
    /// Its result is the class of the receiver.
    GetClass,
    /// It says what an intent or the name of a component is for.
    Aim,
    /// It starts what an intent is for.
    Start(Kind),
    /// It loads code.
    Load,
    /// The platform may call what it gets.
    Escape,
}

impl Special {
    /// Whether its result may also be any value of its type.
    pub(super) fn keeps_type(self) -> bool {
        !matches!(
            self,
            Special::Same | Special::Pass | Special::Aim | Special::Make | Special::GetClass | Special::Name
        )
    }
}

/// An object whose making is told apart from others of its class.
#[derive(Debug, Default)]
pub(super) struct Thing {
    /// Classes it is for; for a method the class that is asked.
    pub(super) classes: Vec<ClassId>,
    /// Actions, or the name of a method.
    pub(super) texts: Vec<TextId>,
}

/// Class, names of methods, what they do.
const SPECIALS: [(&str, &[&str], Special); 23] = [
    ("Ljava/lang/Class;", &["forName"], Special::ClassOf),
    ("Ljava/lang/ClassLoader;", &["loadClass"], Special::ClassOf),
    (
        "Ldalvik/system/BaseDexClassLoader;",
        &["loadClass"],
        Special::ClassOf,
    ),
    (
        "Ldalvik/system/PathClassLoader;",
        &["loadClass"],
        Special::ClassOf,
    ),
    ("Ldalvik/system/DexClassLoader;", &["loadClass"], Special::ClassOf),
    ("Ldalvik/system/DexClassLoader;", &["<init>"], Special::Load),
    ("Ldalvik/system/PathClassLoader;", &["<init>"], Special::Load),
    (
        "Ldalvik/system/InMemoryDexClassLoader;",
        &["<init>"],
        Special::Load,
    ),
    ("Ljava/lang/Class;", &["newInstance"], Special::Make),
    (
        "Ljava/lang/Class;",
        &["getConstructor", "getDeclaredConstructor", "asSubclass"],
        Special::Same,
    ),
    ("Ljava/lang/reflect/Constructor;", &["newInstance"], Special::Make),
    (
        "Ljava/lang/Class;",
        &["getMethod", "getDeclaredMethod"],
        Special::Method,
    ),
    ("Ljava/lang/reflect/Method;", &["invoke"], Special::Invoke),
    ("Ljava/lang/Class;", &["getName"], Special::Name),
    ("Ljava/lang/reflect/Method;", &["getName"], Special::Name),
    ("Ljava/lang/Object;", &["getClass"], Special::GetClass),
    (
        "Landroid/content/Intent;",
        &["<init>", "setClass", "setClassName", "setComponent", "setAction"],
        Special::Aim,
    ),
    (
        "Landroid/content/Intent;",
        &[
            "putExtra",
            "putExtras",
            "setFlags",
            "addFlags",
            "addCategory",
            "setData",
            "setType",
            "setDataAndType",
            "setPackage",
        ],
        Special::Same,
    ),
    ("Landroid/content/Intent;", &["createChooser"], Special::Pass),
    ("Landroid/content/ComponentName;", &["<init>"], Special::Aim),
    (
        "Ljava/lang/String;",
        &["intern", "toString", "trim"],
        Special::Same,
    ),
    ("Ljava/lang/String;", &["valueOf"], Special::Pass),
    ("Ljava/util/Objects;", &["requireNonNull"], Special::Pass),
];

impl Solver<'_, '_> {
    pub(super) fn special(&mut self, method: MethodId) -> Option<Special> {
        if let Some(&known) = self.specials.get(&method) {
            return known;
        }
        let started = self.rows.starts.iter().find(|(_, start)| **start == method);
        let found = match started {
            Some((kind, _)) => Some(Special::Start(*kind)),
            None => self.named_special(method),
        };
        self.specials.insert(method, found);
        found
    }

    fn named_special(&self, method: MethodId) -> Option<Special> {
        let row = self.tables.method_row(method)?;
        let class = self.tables.class_text(row.class);
        let name = self.tables.names.text(self.tables.sig_row(row.sig).0);
        let mut rows = SPECIALS.iter();
        rows.find(|(of, names, _)| *of == class && names.contains(&name))
            .map(|(_, _, special)| *special)
    }

    /// The object of a class that is told apart, by where it is made.
    pub(super) fn thing(&mut self, method: MethodId, at: At, class: ClassId) -> Option<u32> {
        let text = self.tables.class_text(class);
        let apart = ["Landroid/content/Intent;", "Landroid/content/ComponentName;"].contains(&text);
        if !apart {
            return None;
        }
        Some(self.thing_at(method, at))
    }

    pub(super) fn thing_at(&mut self, method: MethodId, at: At) -> u32 {
        let fresh = self.things.len() as u32;
        let number = *self.thing_numbers.entry((method, at)).or_insert(fresh);
        if number == fresh {
            self.things.push(Thing::default());
        }
        number
    }

    pub(super) fn operand_elements(&self, operand: Operand) -> Vec<Element> {
        let node = self.nodes.get(operand.node as usize);
        node.map_or_else(Vec::new, |node| self.sets.elements(node.set).to_vec())
    }

    /// Looks at a special call with what its arguments are by now.
    pub(super) fn judge(&mut self, site: u32) {
        let row = &self.sites[site as usize];
        let Some(special) = row.special else { return };
        let (result, args) = (row.result, row.args.clone());
        let arg = |number: usize| args.get(number).copied().unwrap_or(super::NO_OPERAND);
        match special {
            Special::ClassOf => {
                for number in 0..args.len() {
                    for class in self.named_classes(site, number) {
                        if let Some(method) = self.tables.initialiser(class) {
                            self.reach(method);
                        }
                        self.add_result(result, Element::Class(class));
                    }
                }
            }
            Special::Same => self.link_once(arg(0), result),
            Special::Pass => self.link_once(arg(0), result),
            Special::GetClass => {
                for element in self.operand_elements(arg(0)) {
                    if let Element::Exact(class) = element {
                        self.add_result(result, Element::Class(class));
                    }
                }
            }
            Special::Make => {
                for element in self.operand_elements(arg(0)) {
                    if let Element::Class(class) = element {
                        self.make_by_reflection(site, class);
                    }
                }
            }
            Special::Name => self.name_of(arg(0), result),
            Special::Method => self.find_method(site, &args),
            Special::Invoke => self.invoke_method(site, arg(0)),
            Special::Aim => {
                self.aim(site, &args);
                self.link_once(arg(0), result);
            }
            Special::Start(kind) => self.start(site, kind),
            Special::Load => {}
            Special::Escape => {
                for element in self.operand_elements(arg(0)) {
                    match element {
                        Element::Exact(class) => self.let_out(class),
                        Element::Any(class) if self.escaped_below.insert(class) => {
                            for class in self.made_below.get(&class).cloned().unwrap_or_default() {
                                self.let_out(class);
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn link_once(&mut self, from: Operand, result: u32) {
        let known = self.nodes.get(from.node as usize);
        if known.is_some_and(|node| result != NONE && !node.to.contains(&result)) {
            self.link(from.node, result);
        } else if let Some(set) = known.map(|node| node.set) {
            self.add(result, set);
        }
    }

    pub(super) fn add_result(&mut self, result: u32, element: Element) {
        if result != NONE {
            let set = self.sets.single(element);
            self.add(result, set);
        }
    }

    /// The texts that an argument may be.
    pub(super) fn texts_of(&self, site: u32, number: usize) -> Vec<TextId> {
        let operand = self.sites.get(site as usize).and_then(|row| row.args.get(number));
        let mut texts = self.told.get(&(site, number)).cloned().unwrap_or_default();
        for element in self.operand_elements(operand.copied().unwrap_or(super::NO_OPERAND)) {
            if let Element::Text(text) = element {
                texts.push(text);
            }
        }
        texts.sort_unstable();
        texts.dedup();
        texts
    }

    /// The classes of the package, or those of the platform that anything names, that the texts of an argument name.
    fn named_classes(&self, site: u32, number: usize) -> Vec<ClassId> {
        let texts = self.texts_of(site, number).into_iter();
        let classes = texts.filter_map(|text| {
            let descriptor = format!("L{};", self.tables.texts.text(text).replace('.', "/"));
            self.tables.find_class(0, &descriptor)
        });
        classes.collect()
    }

    pub(super) fn extend(&mut self, thing: usize, classes: Vec<ClassId>, texts: Vec<TextId>) {
        let Some(row) = self.things.get_mut(thing) else {
            return;
        };
        for class in classes {
            if !row.classes.contains(&class) && row.classes.len() < MOST_NAMED {
                row.classes.push(class);
                self.things_changed = true;
            }
        }
        for text in texts {
            if !row.texts.contains(&text) && row.texts.len() < MOST_NAMED {
                row.texts.push(text);
                self.things_changed = true;
            }
        }
    }

    /// Says what an intent or a component's name is for.
    fn aim(&mut self, site: u32, args: &[Operand]) {
        let row = &self.sites[site as usize];
        let name = self.tables.sig_row(row.sig).0;
        let by_name = self.tables.names.text(name) == "setClassName"
            || self.tables.class_text(row.class) == "Landroid/content/ComponentName;";
        let Some((receiver, rest)) = args.split_first() else {
            return;
        };
        let (mut classes, mut texts) = (Vec::new(), Vec::new());
        for (number, operand) in rest.iter().enumerate() {
            let last = number + 1 == rest.len();
            if by_name && last {
                classes.extend(self.named_classes(site, number + 1));
            }
            if !by_name && number == 0 {
                texts.extend(self.texts_of(site, 1));
            }
            for element in self.operand_elements(*operand) {
                match element {
                    Element::Class(class) => classes.push(class),
                    Element::Object(thing) => {
                        if let Some(thing) = self.things.get(thing as usize) {
                            classes.extend(&thing.classes);
                            texts.extend(&thing.texts);
                        }
                    }
                    _ => {}
                }
            }
        }
        for element in self.operand_elements(*receiver) {
            if let Element::Object(thing) = element {
                self.extend(thing as usize, classes.clone(), texts.clone());
            }
        }
    }

    /// The components that an intent is for.
    fn start(&mut self, site: u32, kind: Kind) {
        let intent = self.sites[site as usize].args.first().copied();
        let mut targets = Vec::new();
        for element in self.operand_elements(intent.unwrap_or(super::NO_OPERAND)) {
            let Element::Object(thing) = element else { continue };
            let Some(thing) = self.things.get(thing as usize) else {
                continue;
            };
            let named = thing.classes.iter().map(|class| (kind, *class));
            targets.extend(named.filter_map(|key| self.lives.get(&key)));
            if thing.classes.is_empty() {
                let texts = thing.texts.iter().map(|text| self.tables.texts.text(*text));
                let asked = texts.filter_map(|action| self.actions.get(action));
                let asked = asked.flatten().filter(|(of, _)| *of == kind);
                targets.extend(asked.filter_map(|key| self.lives.get(key)));
            }
        }
        targets.sort_unstable();
        targets.dedup();
        for target in targets {
            self.add_target(site, target);
            if let (Some(node), Some(intent)) = (self.param(target, 0), intent) {
                self.pass(intent, node);
            }
        }
    }

    /// Looks again at all calls that depend on objects told apart.
    pub(super) fn judge_again(&mut self) {
        for site in 0..self.sites.len() as u32 {
            if self.sites[site as usize].special.is_some() && self.spend(1) {
                self.judge(site);
            }
        }
    }

    pub(super) fn count_spots(&mut self) {
        self.spots.budget += u32::from(self.steps == 0);
        let made: FxHashSet<u32> = self.remade.iter().map(|(site, _)| *site).collect();
        for (number, site) in self.sites.iter().enumerate() {
            match site.special {
                Some(Special::Load) => self.spots.loading += 1,
                Some(Special::Invoke) if site.targets.is_empty() => self.spots.reflection += 1,
                Some(Special::Make) if !made.contains(&(number as u32)) => self.spots.reflection += 1,
                Some(Special::Start(_)) if site.targets.is_empty() => self.spots.intents += 1,
                _ => {}
            }
            if site.groups.iter().any(|group| self.groups[*group as usize].blown) {
                self.spots.wide += 1;
            }
        }
    }
}
