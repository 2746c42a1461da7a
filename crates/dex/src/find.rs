//! The pass over all code of a package that answers every question of a query.

use crate::class::{Constant, Members, ACC_FINAL};
use crate::code::{line_at, Code};
use crate::fault::{Fault, Faults};
use crate::insn::Insn;
use crate::listing::excerpt;
use crate::mutf8;
use crate::package::{DexSource, Package, Part};
use crate::query::{DexCount, Find, Finds, Kind, Limits, Query, Via};
use crate::scan::Scanner;
use crate::shapes::shapes;
use crate::tables::Dex;
use crate::track::{CallValues, Tracker};
use crate::wanted::{Prefixes, Questions, Wanted};
use crate::MethodDef;

/// Text that may be put together for all finds, in bytes.
const MOST_TEXT: usize = 128 << 20;
/// Steps that all line programs of the finds may take together.
const MOST_LINE_STEPS: u64 = 20_000_000;
/// Longest string shown as the target of a find, in bytes.
pub(crate) const MOST_SHOWN: usize = 4096;

/// Answers all questions of `query` in one pass over the sources, given in the order Android would search them.
///
/// What cannot be read is a row in `faults`; nothing fails as a whole.
pub fn find(sources: &[DexSource<'_>], query: &Query, limits: &Limits) -> Finds {
    let package = Package::open(sources);
    let mut finder = Finder {
        query,
        limits,
        tracker: Tracker::new(&package, limits),
        finds: Vec::new(),
        cut: false,
        text_left: MOST_TEXT,
        line_steps: MOST_LINE_STEPS,
        faults: package.faults().clone(),
    };
    let questions = Questions::new(query);
    let prefixes = Prefixes::new(query);
    let mut counts = Vec::new();
    for (number, part) in package.parts().iter().enumerate() {
        let wanted = questions.look_up(&package, number);
        finder.note_cuts(part, &wanted);
        finder.find_classes(part, &prefixes);
        finder.find_initial_values(part, &wanted);
        counts.push(finder.walk(number as u32, part, &wanted));
    }
    let strings = package
        .parts()
        .iter()
        .map(|part| u64::from(part.dex.strings()))
        .sum();
    let faults = finder.faults.into_vec();
    let (shapes, whole) = match &query.shapes {
        Some(asked) => shapes(&package, asked),
        None => (Vec::new(), true),
    };
    Finds {
        finds: finder.finds,
        dex: counts,
        strings,
        finds_cut: finder.cut,
        shapes,
        shapes_cut: !whole,
        anomalies: package.anomalies().to_vec(),
        complete: faults.is_empty() && !finder.cut,
        faults,
    }
}

struct Finder<'p, 'a> {
    query: &'p Query,
    limits: &'p Limits,
    tracker: Tracker<'p, 'a>,
    finds: Vec<Find>,
    cut: bool,
    text_left: usize,
    line_steps: u64,
    faults: Faults,
}

/// The method that a find lies in.
struct Site<'p, 'a> {
    number: u32,
    part: &'p Part<'a>,
    method: MethodDef,
}

impl Site<'_, '_> {
    fn locator(&self) -> String {
        let mut place = format!(
            "dex:{}!{}",
            self.part.dex.path(),
            self.part.dex.method_text(self.method.method)
        );
        if let Some((end, _)) = place.char_indices().nth(MOST_SHOWN) {
            place.truncate(end);
        }
        place
    }
}

impl<'p, 'a> Finder<'p, 'a> {
    fn note_cuts(&mut self, part: &Part<'a>, wanted: &Wanted) {
        let place = || format!("dex:{}", part.dex.path());
        if wanted.strings_cut {
            let what = "The strings share more bytes than the file could hold; not all were compared.";
            self.faults.push(|| Fault::new(place(), "strings_overlap", what));
        }
        if wanted.strings_endless > 0 {
            let what = format!(
                "{} strings have no end within a mebibyte; they were not compared.",
                wanted.strings_endless
            );
            self.faults.push(|| Fault::new(place(), "strings_endless", what));
        }
        if wanted.tree_cut {
            let what = "The class tree is too tangled; not every inherited method was looked up.";
            self.faults.push(|| Fault::new(place(), "class_tree", what));
        }
    }

    fn find_classes(&mut self, part: &Part<'a>, prefixes: &Prefixes) {
        let mut first: Vec<Option<(u32, u32)>> = vec![None; self.query.classes.len()];
        for def in part.live_classes() {
            let name = part
                .dex
                .class_def(def)
                .and_then(|class| part.dex.descriptor(class.class))
                .unwrap_or_default();
            prefixes.of(name, |question| {
                let (_, count) = first[question].get_or_insert((def, 0));
                *count += 1;
            });
        }
        for (question, (def, count)) in first
            .into_iter()
            .enumerate()
            .filter_map(|(q, found)| Some((q, found?)))
        {
            let Some(class) = part.dex.class_def(def) else {
                continue;
            };
            let name = part.dex.type_text(class.class);
            let id = &self.query.classes[question].id;
            self.push(Find {
                target: name.clone(),
                count: Some(count),
                class: name,
                source_file: source_file(&part.dex, class.source_file),
                ..blank(id, Kind::Class, part.dex.path())
            });
        }
    }

    /// Strings that static fields hold from the start. Those of final fields are left out: the compiler copies them to
    /// where they are used, and there the code shows them.
    fn find_initial_values(&mut self, part: &Part<'a>, wanted: &Wanted) {
        let mut budget = part.dex.budget();
        for def in part.live_classes().filter(|_| !wanted.strings.is_empty()) {
            let Some(class) = part.dex.class_def(def).filter(|class| class.static_values != 0) else {
                continue;
            };
            let Some(members) = Members::open(&part.dex, &class, &mut budget) else {
                continue;
            };
            for field in members
                .statics(&class)
                .into_iter()
                .filter(|field| field.access & ACC_FINAL == 0)
            {
                let Some(Constant::Text(string)) = field.value else {
                    continue;
                };
                for &question in wanted.strings.get(&string).into_iter().flatten() {
                    self.push(Find {
                        target: shown_string(&part.dex, string),
                        class: part.dex.type_text(class.class),
                        source_file: source_file(&part.dex, class.source_file),
                        ..blank(&self.query.strings[question].id, Kind::String, part.dex.path())
                    });
                }
            }
        }
    }

    fn walk(&mut self, number: u32, part: &'p Part<'a>, wanted: &Wanted) -> DexCount {
        let mut count = DexCount {
            path: part.dex.path().to_owned(),
            shadowed: part.shadowed,
            classes: part.live_classes().count() as u32,
            methods: part.methods.len() as u32,
            ..DexCount::default()
        };
        let mut scanner = Scanner::new(&part.dex);
        for &method in &part.methods {
            let site = Site { number, part, method };
            self.find_overrides(&site, wanted);
            if method.code == 0 {
                continue;
            }
            count.code_items += 1;
            let code = Code::parse(&part.dex, method.code);
            match code.and_then(|code| Ok((code, scanner.scan(&part.dex, &code, &wanted.marks)?))) {
                Ok((code, instructions)) => {
                    count.instructions += u64::from(instructions);
                    if !scanner.hits.is_empty() && !self.cut {
                        self.find_in_code(&site, &code, &scanner.hits, wanted);
                    }
                }
                Err(fault) => {
                    count.faulty_methods += 1;
                    self.faults
                        .push(|| Fault::new(site.locator(), fault.code(), fault.what()));
                }
            }
        }
        count
    }

    fn find_overrides(&mut self, site: &Site<'p, 'a>, wanted: &Wanted) {
        let dex = &site.part.dex;
        for &question in wanted.overrides.get(&site.method.method).into_iter().flatten() {
            if self.cut {
                return;
            }
            let asked = &self.query.overrides[question];
            let proto = dex.method(site.method.method).map(|row| dex.proto_text(row.kind));
            let target = format!("{}->{}{}", asked.class, asked.name, proto.unwrap_or_default());
            let mut find = self.blank_at(site, &asked.id, Kind::Override, target);
            find.offset = Some(0);
            if site.method.code != 0 {
                if let Ok(code) = Code::parse(dex, site.method.code) {
                    find.line = self.lines(site, &code).first().map(|(_, line)| *line);
                    if self.query.excerpts {
                        let starts: Vec<u32> = code.instructions().take(8).map(|insn| insn.at).collect();
                        find.excerpt = self.excerpt(dex, &code, &starts, 0);
                    }
                }
            }
            self.push(find);
        }
    }

    fn excerpt(&mut self, dex: &Dex<'a>, code: &Code<'a>, starts: &[u32], here: usize) -> Vec<String> {
        let (lines, built) = excerpt(dex, code, starts, here);
        self.text_left = self.text_left.saturating_sub(built);
        lines
    }

    fn lines(&mut self, site: &Site<'p, 'a>, code: &Code<'a>) -> Vec<(u32, u32)> {
        let granted = self.line_steps.min(self.limits.steps);
        let mut left = granted;
        let lines = code.lines(&site.part.dex, &mut left);
        self.line_steps -= granted - left;
        lines
    }

    fn find_in_code(&mut self, site: &Site<'p, 'a>, code: &Code<'a>, hits: &[Insn], wanted: &Wanted) {
        let dex = &site.part.dex;
        let calls: Vec<u32> = hits
            .iter()
            .filter(|hit| hit.is_invoke())
            .map(|hit| hit.at)
            .collect();
        let values = self.values(site, code, &calls);
        let lines = self.lines(site, code);
        let starts: Vec<u32> = match self.query.excerpts {
            true => code.instructions().map(|insn| insn.at).collect(),
            false => Vec::new(),
        };
        for hit in hits {
            if self.cut {
                return;
            }
            for (id, kind, via, target) in self.answers(dex, hit, wanted) {
                let mut find = self.blank_at(site, id, kind, target);
                find.via = via;
                find.offset = Some(hit.at);
                find.line = line_at(&lines, hit.at);
                if let Ok(known) = calls.binary_search(&hit.at) {
                    if let Some(known) = values.get(known) {
                        find.on = known.on.clone();
                        find.args = known.args.clone();
                    }
                }
                if let Ok(here) = starts.binary_search(&hit.at) {
                    find.excerpt = self.excerpt(dex, code, &starts, here);
                }
                self.push(find);
            }
        }
    }

    /// The questions that an instruction answers, and what it names.
    fn answers(&self, dex: &Dex<'a>, hit: &Insn, wanted: &Wanted) -> Vec<(&'p str, Kind, Via, String)> {
        let query = self.query;
        let calls = |method: u32| {
            let questions = wanted.methods.get(&method).into_iter().flatten();
            questions.map(move |&(question, via)| {
                let id = query.calls[question].id.as_str();
                (id, Kind::Call, via, dex.method_text(method))
            })
        };
        match hit.op {
            _ if hit.is_invoke() => calls(hit.index).collect(),
            0xfc | 0xfd => {
                let methods = wanted.call_sites.get(&hit.index).into_iter().flatten();
                methods.flat_map(|&method| calls(method)).collect()
            }
            0x1a | 0x1b => {
                let questions = wanted.strings.get(&hit.index).into_iter().flatten();
                let find = |&question: &usize| {
                    let id = query.strings[question].id.as_str();
                    (id, Kind::String, Via::Exact, shown_string(dex, hit.index))
                };
                questions.map(find).collect()
            }
            0x52..=0x58 | 0x60..=0x66 => {
                let questions = wanted.fields.get(&hit.index).into_iter().flatten();
                let find = |&(question, via): &(usize, Via)| {
                    let id = query.fields[question].id.as_str();
                    (id, Kind::Field, via, dex.field_text(hit.index))
                };
                questions.map(find).collect()
            }
            _ => Vec::new(),
        }
    }

    fn values(&mut self, site: &Site<'p, 'a>, code: &Code<'a>, calls: &[u32]) -> Vec<CallValues> {
        if calls.is_empty() {
            return Vec::new();
        }
        let values = self.tracker.values(site.number, &site.method, code, calls);
        if !values.complete {
            let what = "Following the values of this method costs more than the limit; not all are known.";
            self.faults.push(|| Fault::new(site.locator(), "steps", what));
        }
        values.calls
    }

    fn blank_at(&self, site: &Site<'p, 'a>, id: &str, kind: Kind, target: String) -> Find {
        let dex = &site.part.dex;
        let row = dex.method(site.method.method);
        let class = dex.class_def(site.method.class_def);
        Find {
            class: class.map(|class| dex.type_text(class.class)).unwrap_or_default(),
            method: row.map(|row| dex.text(row.name)),
            proto: row.map(|row| dex.proto_text(row.kind)),
            target,
            method_id: Some(site.part.method_base + site.method.method),
            source_file: class.and_then(|class| source_file(dex, class.source_file)),
            ..blank(id, kind, dex.path())
        }
    }

    fn push(&mut self, find: Find) {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let text = find.class.len() + length(&find.method) + length(&find.proto) + find.target.len();
        if self.finds.len() >= self.limits.finds || self.text_left < text {
            self.cut = true;
            return;
        }
        self.text_left -= text;
        self.finds.push(find);
    }
}

fn blank(id: &str, kind: Kind, dex: &str) -> Find {
    Find {
        q: id.to_owned(),
        kind,
        dex: dex.to_owned(),
        class: String::new(),
        method: None,
        proto: None,
        offset: None,
        line: None,
        via: Via::Exact,
        target: String::new(),
        args: Vec::new(),
        on: None,
        method_id: None,
        source_file: None,
        count: None,
        excerpt: Vec::new(),
    }
}

fn source_file(dex: &Dex<'_>, string: u32) -> Option<String> {
    dex.string_start(string, MOST_SHOWN + 1).map(shown)
}

fn shown_string(dex: &Dex<'_>, string: u32) -> String {
    shown(dex.string_start(string, MOST_SHOWN + 1).unwrap_or_default())
}

/// A string as text; one longer than a reader would read is cut and ends with `…`.
pub(crate) fn shown(bytes: &[u8]) -> String {
    match bytes.get(..MOST_SHOWN) {
        Some(beginning) if bytes.len() > MOST_SHOWN => mutf8::decode(beginning) + "…",
        _ => mutf8::decode(bytes),
    }
}
