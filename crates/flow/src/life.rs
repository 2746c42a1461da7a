//! What the platform calls, in which order: a body for the app and one for each component.

use rustc_hash::FxHashMap;

use crate::draft::Draft;
use crate::heard::run_listeners;
use crate::ir::{Body, Call, ClassId, Dispatch, Local, MethodId, Stmt};
use crate::program::{Sig, Tables};
use crate::query::{AppQuery, Kind, Life, LifeStep};
use crate::rows::RowTables;
use crate::steps::{parse, statement, RowNames, Step, Value};

/// Blocks of steps within each other; deeper ones are left out.
const MOST_NESTED: usize = 16;

/// The bodies of everything that the platform runs.
#[derive(Debug, Default)]
pub(crate) struct Lives {
    /// The body of the whole app.
    pub main: Option<MethodId>,
    /// Where registered listeners run, of whatever component.
    pub listeners: Option<MethodId>,
    pub bodies: FxHashMap<MethodId, Body>,
    /// For each component, in the order of the manifest, what stands for its life.
    pub components: Vec<(Kind, ClassId, MethodId)>,
    /// For each component the names of the methods that run by themselves, by the method that stands for its life.
    pub starts: FxHashMap<MethodId, Vec<String>>,
    /// For each component what runs its listeners, by the method that stands for its life.
    pub callbacks: FxHashMap<MethodId, MethodId>,
    /// What makes the views and fragments that layouts name, of whatever activity.
    pub layouts: Option<MethodId>,
    /// Lines that are no steps.
    pub wrong: Vec<String>,
}

/// A compiled step of a life cycle.
enum Part {
    Step(Step),
    Again(Vec<Part>),
    Maybe(Vec<Part>),
}

/// The life of one class.
struct Scene<'s> {
    class: ClassId,
    callbacks: Option<MethodId>,
    providers: &'s [MethodId],
    locals: Vec<Local>,
    this: Local,
    unset: Local,
}

impl Lives {
    /// Makes all bodies.
    pub(crate) fn new<'a>(tables: &mut Tables<'a>, rows: &RowTables, query: &'a AppQuery) -> Self {
        let mut lives = Lives::default();
        let platform = tables.class_named(0, "L$platform;");
        let (Some(life), Some(own_life), Some(main), Some(listeners)) = (
            tables.sig_named("$life(Landroid/content/Intent;)V"),
            tables.sig_named("$life()V"),
            tables.sig_named("main()V"),
            tables.sig_named("listeners()V"),
        ) else {
            return lives;
        };
        let by_class: FxHashMap<ClassId, &'a Life> = query
            .lives
            .iter()
            .map(|row| (tables.class_named(0, &row.class), row))
            .collect();
        for component in &query.components {
            let class = tables.class_named(0, &component.class);
            let ours = tables.class_row(class).is_some_and(|row| row.def.is_some());
            if !ours || lives.components.iter().any(|known| known.1 == class) {
                continue;
            }
            let method = tables.make(class, life, dex::ACC_STATIC);
            lives.components.push((component.kind, class, method));
        }
        let providers: Vec<MethodId> = lives
            .components
            .iter()
            .filter(|component| component.0 == Kind::Provider)
            .map(|component| component.2)
            .collect();
        lives.make_own(tables, rows, &by_class, own_life);
        lives.make_inflater(tables, rows, query, own_life);
        for (kind, class, method) in lives.components.clone() {
            let usual = tables.class_named(0, usual_class(kind));
            let row = life_of(tables, &by_class, class).or_else(|| by_class.get(&usual).copied());
            let Some(row) = row else {
                lives.bodies.insert(method, nothing());
                continue;
            };
            lives.starts.insert(method, row.start.clone());
            let callbacks = lives.make_callbacks(tables, query, kind, class, method);
            let providers = if kind == Kind::Application {
                &providers[..]
            } else {
                &[]
            };
            let body = lives.component(tables, rows, row, (class, Some(callbacks), providers), true);
            lives.bodies.insert(method, body);
        }
        let main = tables.make(platform, main, dex::ACC_STATIC);
        let body = lives.main_body(&providers);
        lives.bodies.insert(main, body);
        lives.main = Some(main);
        let listeners = tables.make(platform, listeners, dex::ACC_STATIC);
        let all: Vec<usize> = (0..rows.listeners.len()).collect();
        let mut draft = Draft::new(0, Vec::new());
        run_listeners(&mut draft, tables, rows, &all, &[]);
        lives.bodies.insert(listeners, draft.finish());
        lives.listeners = Some(listeners);
        lives
    }

    /// What layouts call when something is clicked; listeners are added when it is known which the component registers.
    fn make_callbacks<'a>(
        &mut self,
        tables: &mut Tables<'a>,
        query: &'a AppQuery,
        kind: Kind,
        class: ClassId,
        life: MethodId,
    ) -> MethodId {
        let mut draft = Draft::new(2, vec![0]);
        let head = draft.push(Stmt::Branch { on: [None, None] });
        let mut heads = Vec::new();
        let clicks = if kind == Kind::Activity {
            &query.clicks[..]
        } else {
            &[]
        };
        for click in clicks {
            let Some(sig) = click_sig(tables, click) else {
                continue;
            };
            if let Some(method) = tables.dispatch(class, sig) {
                heads.push(draft.here());
                draft.push(call(Dispatch::Exact, method, vec![0, 1]));
                let back = draft.push(Stmt::Nop);
                draft.lead(back, vec![head]);
            }
        }
        heads.push(draft.here());
        draft.push(Stmt::Return { value: None });
        heads.dedup();
        draft.lead(head, heads);
        let name = tables.names.made("$callbacks".to_owned());
        let descriptor = tables.class_row(class).map_or(0, |row| row.name);
        let void = tables.names.add(b"V");
        let proto = tables.protos.add(&tables.names, vec![void, descriptor]);
        let sig = tables.sig(name, proto);
        let method = tables.make(class, sig, dex::ACC_STATIC);
        self.bodies.insert(method, draft.finish());
        self.callbacks.insert(life, method);
        method
    }

    fn component<'a>(
        &mut self,
        tables: &mut Tables<'a>,
        rows: &RowTables,
        life: &'a Life,
        (class, callbacks, providers): (ClassId, Option<MethodId>, &[MethodId]),
        makes: bool,
    ) -> Body {
        let mut names = RowNames::default();
        let (this, intent) = (names.value("this"), names.value("intent"));
        let parts = self.compile(tables, &mut names, life, &life.steps, 0);
        let mut draft = match makes {
            // What it is started with comes as an argument.
            true => Draft::new(names.len() + 1, vec![number(intent)]),
            false => Draft::new(names.len() + 1, vec![number(this)]),
        };
        let scene = Scene {
            class,
            callbacks,
            providers,
            locals: (0..names.len()).collect(),
            this: number(this),
            unset: names.len(),
        };
        if makes {
            begin(tables, &mut draft, class, scene.this);
        }
        write(tables, rows, &mut draft, &scene, &parts);
        draft.push(Stmt::Return { value: None });
        draft.finish()
    }

    fn compile<'a>(
        &mut self,
        tables: &mut Tables<'a>,
        names: &mut RowNames,
        life: &'a Life,
        steps: &'a [LifeStep],
        depth: usize,
    ) -> Vec<Part> {
        let mut parts = Vec::new();
        for step in steps {
            match step {
                LifeStep::Step(line) => match parse(tables, names, Some(&life.class), line) {
                    Some(step) => parts.push(Part::Step(step)),
                    None => self.wrong.push(line.clone()),
                },
                LifeStep::Again { again } if depth < MOST_NESTED => {
                    parts.push(Part::Again(self.compile(tables, names, life, again, depth + 1)));
                }
                LifeStep::Maybe { maybe } if depth < MOST_NESTED => {
                    parts.push(Part::Maybe(self.compile(tables, names, life, maybe, depth + 1)));
                }
                LifeStep::Again { .. } | LifeStep::Maybe { .. } => {}
            }
        }
        parts
    }

    /// Classes with a life that are no components of the manifest (fragments) live when code says `$life` of them.
    fn make_own<'a>(
        &mut self,
        tables: &mut Tables<'a>,
        rows: &RowTables,
        by_class: &FxHashMap<ClassId, &'a Life>,
        sig: Sig,
    ) {
        let ours: Vec<ClassId> = tables
            .classes()
            .filter(|(_, row)| row.def.is_some() && row.access & dex::ACC_INTERFACE == 0)
            .map(|(class, _)| class)
            .collect();
        for class in ours {
            if self.components.iter().any(|component| component.1 == class) {
                continue;
            }
            if let Some(row) = life_of(tables, by_class, class) {
                let body = self.component(tables, rows, row, (class, None, &[]), false);
                let method = tables.make(class, sig, 0);
                self.bodies.insert(method, body);
            }
        }
    }

    /// Views and fragments that layouts name are made by the platform.
    fn make_inflater<'a>(
        &mut self,
        tables: &mut Tables<'a>,
        rows: &RowTables,
        query: &'a AppQuery,
        life: Sig,
    ) {
        let sigs = [
            "<init>(Landroid/content/Context;Landroid/util/AttributeSet;)V",
            "<init>(Landroid/content/Context;)V",
            "<init>()V",
        ];
        let mut draft = Draft::new(2, Vec::new());
        for name in &query.inflated {
            let class = tables.class_named(0, name);
            if tables.class_row(class).is_none_or(|row| row.def.is_none()) {
                continue;
            }
            draft.push(Stmt::New { to: 0, class });
            for (sig, count) in sigs.iter().zip([2, 1, 0]) {
                let sig = tables.sig_named(sig);
                if let Some(method) = sig.and_then(|sig| tables.defined_at(class, sig)) {
                    let args = std::iter::once(0).chain(std::iter::repeat_n(1, count));
                    draft.push(call(Dispatch::Exact, method, args.collect()));
                }
            }
            match tables.dispatch(class, life) {
                Some(method) => draft.push(call(Dispatch::Exact, method, vec![0])),
                None => draft.push(Stmt::StoreStatic {
                    field: rows.escaped,
                    from: 0,
                }),
            };
        }
        if draft.here() == 0 {
            return;
        }
        let class = tables.class_named(0, "L$platform;");
        let (Some(making), Some(hearing)) =
            (tables.sig_named("layouts()V"), tables.sig_named("$callbacks()V"))
        else {
            return;
        };
        let method = tables.make(class, making, dex::ACC_STATIC);
        let callbacks = tables.make(class, hearing, dex::ACC_STATIC);
        draft.push(call(Dispatch::Static, callbacks, Vec::new()));
        draft.push(Stmt::Return { value: None });
        let mut none = Draft::new(0, Vec::new());
        none.push(Stmt::Return { value: None });
        self.bodies.insert(method, draft.finish());
        self.bodies.insert(callbacks, none.finish());
        self.callbacks.insert(method, callbacks);
        self.layouts = Some(method);
    }

    /// First the application and its providers, then the other components in any order, any number of times.
    fn main_body(&self, providers: &[MethodId]) -> Body {
        let mut draft = Draft::new(1, Vec::new());
        let start = |draft: &mut Draft, method| draft.push(call(Dispatch::Static, method, vec![0]));
        let of_kind = |wanted: fn(Kind) -> bool| {
            let all = self.components.iter();
            all.filter(move |component| wanted(component.0))
                .map(|component| component.2)
        };
        let mut apps = of_kind(|kind| kind == Kind::Application).peekable();
        if apps.peek().is_none() {
            for provider in providers {
                start(&mut draft, *provider);
            }
        }
        for app in apps {
            start(&mut draft, app);
        }
        let head = draft.push(Stmt::Branch { on: [None, None] });
        let mut heads = Vec::new();
        for method in of_kind(|kind| kind != Kind::Application) {
            heads.push(start(&mut draft, method));
            let back = draft.push(Stmt::Nop);
            draft.lead(back, vec![head]);
        }
        if let Some(layouts) = self.layouts {
            heads.push(draft.push(call(Dispatch::Static, layouts, Vec::new())));
            let back = draft.push(Stmt::Nop);
            draft.lead(back, vec![head]);
        }
        heads.push(draft.push(Stmt::Return { value: None }));
        draft.lead(head, heads);
        draft.finish()
    }
}

/// The class that a component of a kind extends, when what it extends is not known.
fn usual_class(kind: Kind) -> &'static str {
    match kind {
        Kind::Application => "Landroid/app/Application;",
        Kind::Provider => "Landroid/content/ContentProvider;",
        Kind::Activity => "Landroid/app/Activity;",
        Kind::Service => "Landroid/app/Service;",
        Kind::Receiver => "Landroid/content/BroadcastReceiver;",
    }
}

fn number(value: Value) -> Local {
    match value {
        Value::Name(number) | Value::Argument(number) => number,
    }
}

fn nothing() -> Body {
    let mut draft = Draft::new(1, vec![0]);
    draft.push(Stmt::Return { value: None });
    draft.finish()
}

pub(crate) fn call(dispatch: Dispatch, method: MethodId, args: Vec<Local>) -> Stmt {
    Stmt::Call(Box::new(Call {
        dispatch,
        method,
        args,
        to: None,
    }))
}

fn click_sig<'a>(tables: &mut Tables<'a>, click: &'a str) -> Option<Sig> {
    let name = tables.names.add(click.as_bytes());
    let types = [&b"V"[..], b"Landroid/view/View;"].map(|kind| tables.names.add(kind));
    let proto = tables.protos.add(&tables.names, types.to_vec());
    (!click.is_empty()).then(|| tables.sig(name, proto))
}

/// The life cycle of a class: that of the nearest class above which has one.
fn life_of<'a>(
    tables: &Tables<'_>,
    by_class: &FxHashMap<ClassId, &'a Life>,
    class: ClassId,
) -> Option<&'a Life> {
    let mut above = tables.above(class).into_iter().skip(1);
    above.find_map(|class| by_class.get(&class).copied())
}

/// Makes the object.
fn begin(tables: &mut Tables<'_>, draft: &mut Draft, class: ClassId, this: Local) {
    for above in tables.above(class).into_iter().rev() {
        let superclass = tables
            .class_row(above)
            .is_some_and(|row| row.access & dex::ACC_INTERFACE == 0);
        if let Some(method) = tables.initialiser(above).filter(|_| superclass) {
            draft.push(call(Dispatch::Static, method, Vec::new()));
        }
    }
    draft.push(Stmt::New { to: this, class });
    if let Some(sig) = tables.sig_named("<init>()V") {
        if let Some(method) = tables.defined_at(class, sig) {
            draft.push(call(Dispatch::Exact, method, vec![this]));
        }
    }
}

fn write(tables: &mut Tables<'_>, rows: &RowTables, draft: &mut Draft, scene: &Scene<'_>, parts: &[Part]) {
    for part in parts {
        match part {
            Part::Step(step) => write_step(tables, rows, draft, scene, step),
            Part::Again(parts) => {
                let head = draft.push(Stmt::Branch { on: [None, None] });
                write(tables, rows, draft, scene, parts);
                let back = draft.push(Stmt::Nop);
                draft.lead(back, vec![head]);
                draft.lead(head, vec![head + 1, back + 1]);
            }
            Part::Maybe(parts) => {
                let head = draft.push(Stmt::Branch { on: [None, None] });
                write(tables, rows, draft, scene, parts);
                let after = draft.push(Stmt::Nop);
                draft.lead(head, vec![head + 1, after]);
            }
        }
    }
}

fn write_step(tables: &mut Tables<'_>, rows: &RowTables, draft: &mut Draft, scene: &Scene<'_>, step: &Step) {
    match step {
        Step::Callbacks => {
            if let Some(method) = scene.callbacks {
                draft.push(call(Dispatch::Static, method, vec![scene.this]));
            }
        }
        Step::Providers => {
            for provider in scene.providers {
                draft.push(call(Dispatch::Static, *provider, vec![scene.unset]));
            }
        }
        Step::Run { on, method, .. } if number(*on) == scene.this => {
            // What the class does not define runs the platform's code, which is none of ours.
            let sig = tables.method_row(*method).map(|row| row.sig);
            if sig.is_none_or(|sig| tables.dispatch(scene.class, sig).is_none()) {
                return;
            }
            push(rows, draft, scene, step);
        }
        _ => push(rows, draft, scene, step),
    }
}

fn push(rows: &RowTables, draft: &mut Draft, scene: &Scene<'_>, step: &Step) {
    let local = |value: Value| match value {
        Value::Name(number) => scene.locals.get(number as usize).copied().unwrap_or(scene.unset),
        Value::Argument(_) => scene.unset,
    };
    if let Some(stmt) = statement(step, &local, &rows.starts) {
        draft.push(stmt);
    }
}
