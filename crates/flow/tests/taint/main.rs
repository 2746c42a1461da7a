//! Flows in small programs written as text.
#![allow(clippy::unwrap_used, clippy::panic)]

mod text;

use flow::models::Model;
use flow::taint::{flows, FlowQuery, Flows, Party, Sink, Source, What, When};

/// `S.get()` gives a secret, `S.put(value)` must not have it.
fn query() -> FlowQuery {
    let source = Source {
        id: "secret".into(),
        class: "LS;".into(),
        name: "get".into(),
        proto: String::new(),
        what: What::Result,
        when: Vec::new(),
    };
    let sink = Sink {
        id: "out".into(),
        class: "LS;".into(),
        name: "put".into(),
        proto: String::new(),
        arguments: None,
        receiver: false,
    };
    let row = |class: &str, names: &[&str], flows: &[&str], clears: &[&str]| Model {
        classes: vec![class.into()],
        names: names.iter().map(|name| (*name).into()).collect(),
        flows: flows.iter().map(|flow| (*flow).into()).collect(),
        clears: clears.iter().map(|place| (*place).into()).collect(),
        ..Model::default()
    };
    let mut models = vec![
        row(
            "LMap;",
            &["put"],
            &["1 -> this[0]", "0 -> this[keys]"],
            &["this[0]"],
        ),
        row("LMap;", &["get"], &["this[0] -> result"], &[]),
        row("LHash;", &["of"], &["digest: 0.. -> result"], &[]),
        row("LCtx;", &["start"], &["0 -> intent{to}"], &[]),
        row("LCtx;", &["started"], &["intent{here} -> result"], &[]),
        row("LPrefs;", &["put"], &["1 -> prefs{this}[0]"], &["prefs{this}[0]"]),
        row("LPrefs;", &["get"], &["prefs{this}[0] -> result"], &[]),
    ];
    models.push(Model {
        classes: vec!["LPrefs;".into()],
        names: vec!["of".into()],
        same: Some("0".into()),
        ..Model::default()
    });
    FlowQuery {
        sources: vec![source],
        sinks: vec![sink],
        parties: Vec::new(),
        models,
        outside: Vec::new(),
        depth: 5,
        implicit: false,
        source_budget: 100_000,
        budget: 1_000_000,
        seconds: None,
        threads: 1,
    }
}

fn ask(source: &str, query: &FlowQuery) -> Flows {
    flows(&text::program(source), query).unwrap()
}

/// How many flows the program has.
fn count(source: &str) -> usize {
    let found = ask(source, &query());
    assert!(found.complete);
    found.flows.len()
}

const GET: &str = "LS;->get()LT;";
const PUT: &str = "LS;->put(LT;)V";

/// The program of one static method with these lines.
fn one(lines: &str) -> String {
    let lines = lines.replace("GET", &format!("call static {GET}"));
    let lines = lines.replace("PUT", &format!("call static {PUT}"));
    format!("method LM;->main()V {{\n{lines}\nreturn\n}}\n")
}

#[test]
fn a_local_that_is_overwritten_is_clean() {
    assert_eq!(count(&one("a = GET\nb = a\nPUT b")), 1);
    assert_eq!(count(&one("a = GET\na = 0\nPUT a")), 0);
    assert_eq!(count(&one("a = GET\nb = 1\nc = a + b\nPUT c")), 1);
}

#[test]
fn fields_and_objects_are_told_apart() {
    let start = "o = new LO;\np = new LO;\na = GET\no.LO;->f = a\n";
    assert_eq!(count(&one(&format!("{start}b = o.LO;->f\nPUT b"))), 1);
    assert_eq!(count(&one(&format!("{start}b = o.LO;->g\nPUT b"))), 0);
    assert_eq!(count(&one(&format!("{start}b = p.LO;->f\nPUT b"))), 0);
    assert_eq!(
        count(&one(&format!("{start}c = 0\no.LO;->f = c\nb = o.LO;->f\nPUT b"))),
        0
    );
}

#[test]
fn another_name_of_the_object_is_found_backwards() {
    let alias = "o = new LO;\np = o\na = GET\no.LO;->f = a\nb = p.LO;->f\nPUT b";
    assert_eq!(count(&one(alias)), 1);
    let before = "o = new LO;\np = o\na = GET\nb = p.LO;->f\no.LO;->f = a\nPUT b";
    assert_eq!(count(&one(before)), 0, "read before the store");
    let deep =
        "o = new LO;\nh = new LH;\nh.LH;->o = o\na = GET\no.LO;->f = a\nq = h.LH;->o\nb = q.LO;->f\nPUT b";
    assert_eq!(count(&one(deep)), 1);
}

#[test]
fn names_are_found_across_calls_in_both_directions() {
    let into = "method LM;->fill(LO;)V o {\na = GET\no.LO;->f = a\nreturn\n}\n\
        method LM;->main()V {\no = new LO;\np = o\ncall static LM;->fill(LO;)V o\nb = p.LO;->f\nPUT b\nreturn\n}\n";
    let program = |source: &str| {
        let source = source.replace("GET", &format!("call static {GET}"));
        source.replace("PUT", &format!("call static {PUT}"))
    };
    assert_eq!(count(&program(into)), 1);
    let out = "class LH;\nmethod LH;->data()LO; this {\nr = this.LH;->o\nreturn r\n}\n\
        method LM;->main()V {\nh = new LH;\no = new LO;\nh.LH;->o = o\nx = call virtual LH;->data()LO; h\na = GET\n\
        x.LO;->f = a\ny = call virtual LH;->data()LO; h\nb = y.LO;->f\nPUT b\nreturn\n}\n";
    assert_eq!(count(&program(out)), 1);
    let link = "method LM;->link(LO;LO;)V a b {\na.LO;->next = b\nreturn\n}\n\
        method LM;->main()V {\nx = new LO;\ny = new LO;\ncall static LM;->link(LO;LO;)V x y\na = GET\n\
        y.LO;->f = a\nz = x.LO;->next\nb = z.LO;->f\nPUT b\nreturn\n}\n";
    assert_eq!(count(&program(link)), 1);
    let both = "method LM;->run(LO;LO;)V a b {\nt = GET\na.LO;->f = t\nu = b.LO;->f\nPUT u\nreturn\n}\n\
        method LM;->main()V {\nx = new LO;\ny = x\ncall static LM;->run(LO;LO;)V x y\nreturn\n}\n";
    assert_eq!(count(&program(both)), 1, "two parameters of one object");
}

#[test]
fn a_call_returns_to_its_own_caller() {
    let source = one(
        "a = GET\nb = call static LM;->id(LT;)LT; a\nc = \"clean\"\nd = call static LM;->id(LT;)LT; c\nPUT d",
    );
    let id = "method LM;->id(LT;)LT; x {\nreturn x\n}\n";
    assert_eq!(count(&format!("{source}{id}")), 0);
    let source = source.replace("LT;)V d", "LT;)V b");
    let found = ask(&format!("{source}{id}"), &query());
    let what: Vec<&str> = found.flows[0]
        .path
        .iter()
        .map(|step| step.what.as_str())
        .collect();
    assert_eq!(what, ["source", "call", "return", "sink"]);
    assert_eq!(found.flows[0].sink.unit, 4);
}

#[test]
fn what_a_method_below_returns_goes_to_all_its_callers() {
    let source = "method LM;->make()LT; {\na = GET\nreturn a\n}\n\
        method LM;->main()V {\nb = call static LM;->make()LT;\nPUT b\nreturn\n}\n\
        method LM;->other()V {\nb = call static LM;->make()LT;\nPUT b\nreturn\n}\n";
    let source = source.replace("GET", &format!("call static {GET}"));
    assert_eq!(count(&source.replace("PUT", &format!("call static {PUT}"))), 2);
}

#[test]
fn a_parameter_that_is_overwritten_does_not_come_back() {
    let source = one("o = new LO;\ncall static LM;->fill(LO;)V o\nb = o.LO;->f\nPUT b");
    let fill = format!(
        "method LM;->fill(LO;)V o {{\no = new LO;\na = call static {GET}\no.LO;->f = a\nreturn\n}}\n"
    );
    assert_eq!(count(&format!("{source}{fill}")), 0);
    let fill = fill.replace("o = new LO;\n", "");
    assert_eq!(count(&format!("{source}{fill}")), 1);
}

#[test]
fn static_fields_pass_through_calls_that_touch_them() {
    let source = one("a = GET\nstatic LM;->s = a\ncall static LM;->clear()V\nb = static LM;->s\nPUT b");
    let idle = "method LM;->clear()V {\nreturn\n}\n";
    let clear = "method LM;->clear()V {\nc = 0\nstatic LM;->s = c\nreturn\n}\n";
    assert_eq!(count(&format!("{source}{idle}")), 1);
    assert_eq!(count(&format!("{source}{clear}")), 0);
}

#[test]
fn an_object_whose_class_is_known_runs_the_methods_of_its_class() {
    let classes = "class LB;\nclass LD; < LB;\n\
        method LB;-><init>(LT;)V this x {\nthis.LB;->f = x\nreturn\n}\n\
        method LB;->out()V this {\nx = this.LB;->f\nPUT x\nreturn\n}\n\
        method LD;->out()V this {\nreturn\n}\n"
        .replace("PUT", &format!("call static {PUT}"));
    let made = |class: &str| {
        let lines = format!(
            "a = GET\nc = \"clean\"\nif c other\no = new LB;\ncall exact LB;-><init>(LT;)V o c\ngoto both\nother:\n\
             o = new {class}\ncall exact LB;-><init>(LT;)V o a\nboth:\ncall virtual LB;->out()V o"
        );
        count(&format!("{classes}{}", one(&lines)))
    };
    assert_eq!(made("LB;"), 1);
    assert_eq!(made("LD;"), 0);
}

#[test]
fn an_initialiser_may_have_run_before() {
    let source = one("a = GET\nstatic LM;->s = a\ncall static LM;-><clinit>()V\nb = static LM;->s\nPUT b");
    let begin = "method LM;-><clinit>()V {\nc = 0\nstatic LM;->s = c\nreturn\n}\n";
    assert_eq!(count(&format!("{source}{begin}")), 1);
}

#[test]
fn constant_indexes_and_keys_are_told_apart() {
    let array = "r = new [LT;\na = GET\ni = 1\nj = 2\nr[i] = a\n";
    assert_eq!(count(&one(&format!("{array}b = r[i]\nPUT b"))), 1);
    assert_eq!(count(&one(&format!("{array}b = r[j]\nPUT b"))), 0);
    assert_eq!(count(&one(&format!("{array}j = j + i\nb = r[j]\nPUT b"))), 1);
    assert_eq!(
        count(&one(&format!("{array}PUT r"))),
        1,
        "what is inside of an argument counts"
    );
    let map = "m = new LMap;\na = GET\nk = \"one\"\nl = \"two\"\ncall virtual LMap;->put(LT;LT;)V m k a\n";
    let get = |key: &str| format!("{map}b = call virtual LMap;->get(LT;)LT; m {key}\nPUT b");
    assert_eq!(count(&one(&get("k"))), 1);
    assert_eq!(count(&one(&get("l"))), 0);
    let again = format!(
        "{map}c = 0\ncall virtual LMap;->put(LT;LT;)V m k c\nb = call virtual LMap;->get(LT;)LT; m k\nPUT b"
    );
    assert_eq!(count(&one(&again)), 0);
}

#[test]
fn exceptions_carry_values_to_their_handlers() {
    let local = "e = new LE;\na = GET\ne.LE;->m = a\nthrow e ! h\nh:\nx = catch\nb = x.LE;->m\nPUT b";
    assert_eq!(count(&one(local)), 1);
    let source = one("call static LM;->fail()V ! h\nreturn\nh:\nx = catch\nb = x.LE;->m\nPUT b");
    let fail =
        format!("method LM;->fail()V {{\ne = new LE;\na = call static {GET}\ne.LE;->m = a\nthrow e\n}}\n");
    assert_eq!(count(&format!("{source}{fail}")), 1);
}

#[test]
fn hashing_is_told() {
    let found = ask(
        &one("a = GET\nb = call static LHash;->of(LT;)LT; a\nPUT b"),
        &query(),
    );
    assert_eq!(found.flows[0].via, ["digest"]);
}

#[test]
fn an_unknown_method_hands_on_what_it_gets() {
    let lines = "a = GET\no = new LLib;\ncall virtual LLib;->take(LT;)V o a\nb = call virtual LLib;->give()LT; o\nPUT b";
    assert_eq!(count(&one(lines)), 1);
    let lines = lines.replace("give()LT;", "has()Z");
    assert_eq!(count(&one(&lines)), 0, "a truth value is not the value");
}

#[test]
fn what_an_intent_holds_reaches_the_component_it_is_for() {
    let source = "class LA;\nclass LB;\nclass LC;\n\
        method LA;->go(LCtx;)V this c {\na = GET\ni = new LMap;\nk = \"key\"\ncall virtual LMap;->put(LT;LT;)V i k a\n\
        call virtual LCtx;->start(LMap;)V c i for LB;\nreturn\n}\n\
        method LB;->show(LCtx;)V this c {\ni = call virtual LCtx;->started()LMap; c\nk = \"key\"\n\
        b = call virtual LMap;->get(LT;)LT; i k\nPUT b\nreturn\n}\n\
        method LC;->show(LCtx;)V this c {\ni = call virtual LCtx;->started()LMap; c\nk = \"key\"\n\
        b = call virtual LMap;->get(LT;)LT; i k\nPUT b\nreturn\n}\n\
        method LM;->main()V {\nc = new LCtx;\nx = new LA;\ny = new LB;\nz = new LC;\ncall virtual LA;->go(LCtx;)V x c\n\
        call virtual LB;->show(LCtx;)V y c\ncall virtual LC;->show(LCtx;)V z c\nreturn\n}\n";
    let source = source.replace("GET", &format!("call static {GET}"));
    let found = ask(&source.replace("PUT", &format!("call static {PUT}")), &query());
    let methods: Vec<&str> = found.flows.iter().map(|flow| flow.sink.method.as_str()).collect();
    assert_eq!(methods, ["LB;->show(LCtx;)V"]);
}

#[test]
fn preferences_are_kept_by_name_and_key() {
    let lines = "n = \"file\"\np = call static LPrefs;->of(LT;)LPrefs; n\na = GET\nk = \"key\"\n\
        call virtual LPrefs;->put(LT;LT;)V p k a\nm = \"FILE\"\nq = call static LPrefs;->of(LT;)LPrefs; m\n\
        b = call virtual LPrefs;->get(LT;)LT; q k\nPUT b";
    assert_eq!(count(&one(&lines.replace("FILE", "file"))), 1);
    assert_eq!(count(&one(&lines.replace("FILE", "other"))), 0);
}

#[test]
fn a_branch_on_a_secret_counts_where_asked_for() {
    let lines = "a = GET\nb = 0\nif a other\nb = 1\nother:\nPUT b";
    assert_eq!(count(&one(lines)), 0);
    let implicit = FlowQuery {
        implicit: true,
        ..query()
    };
    assert_eq!(ask(&one(lines), &implicit).flows.len(), 1);
    let class = "class LI;\nclass LX; < LI;\nclass LY; < LI;\n\
        method LX;->out()V this {\nc = \"x\"\nPUT c\nreturn\n}\n\
        method LY;->out()V this {\nc = \"y\"\nPUT c\nreturn\n}\n"
        .replace("PUT", &format!("call static {PUT}"));
    let chosen =
        "a = GET\nif a other\no = new LX;\ngoto both\nother:\no = new LY;\nboth:\ncall virtual LI;->out()V o";
    assert_eq!(ask(&format!("{class}{}", one(chosen)), &implicit).flows.len(), 2);
    let after = "a = GET\nb = 0\nif a other\nc = 1\nother:\nb = 2\nPUT b";
    assert_eq!(
        ask(&one(after), &implicit).flows.len(),
        0,
        "both ways meet before"
    );
}

#[test]
fn what_the_platform_hands_over_and_what_calls_fill_are_sources() {
    let mut parameter = query();
    parameter.sources[0] = Source {
        class: "LListener;".into(),
        name: "on".into(),
        what: What::Parameter(1),
        ..parameter.sources[0].clone()
    };
    let source = format!(
        "class LM; < LListener;\nmethod LM;->on(LT;LT;)V this a b {{\ncall static {PUT} VALUE\nreturn\n}}\n"
    );
    assert_eq!(ask(&source.replace("VALUE", "b"), &parameter).flows.len(), 1);
    assert_eq!(ask(&source.replace("VALUE", "a"), &parameter).flows.len(), 0);
    let mut filled = query();
    filled.sources[0] = Source {
        name: "fill".into(),
        what: What::Argument(0),
        ..filled.sources[0].clone()
    };
    assert_eq!(
        ask(&one("o = new LO;\ncall static LS;->fill(LO;)V o\nPUT o"), &filled)
            .flows
            .len(),
        1
    );
}

#[test]
fn a_source_may_ask_for_a_constant() {
    let mut asked = query();
    asked.sources[0].when = vec![When {
        argument: 0,
        numbers: vec![7],
        texts: vec!["content://sms".into()],
        fields: Vec::new(),
    }];
    let lines = |value: &str| one(&format!("k = {value}\na = call static LS;->get(LT;)LT; k\nPUT a"));
    assert_eq!(ask(&lines("\"content://sms/inbox\""), &asked).flows.len(), 1);
    assert_eq!(ask(&lines("7"), &asked).flows.len(), 1);
    assert_eq!(ask(&lines("\"content://other\""), &asked).flows.len(), 0);
    let unknown = one("k = call static LX;->any()LT;\na = call static LS;->get(LT;)LT; k\nPUT a");
    assert_eq!(
        ask(&unknown, &asked).flows.len(),
        0,
        "what is not known is not claimed"
    );
}

#[test]
fn a_flow_goes_through_a_field_of_the_receivers_class_only() {
    let classes = "class LI;\nclass LX; < LI;\nclass LY; < LI;\n\
        method LX;->out()V this {\nx = this.LX;->f\nPUT x\nreturn\n}\n\
        method LY;->out()V this {\nx = this.LX;->f\nPUT x\nreturn\n}\n"
        .replace("PUT", &format!("call static {PUT}"));
    let lines = one("o = call static LS;->some()LI;\na = GET\no.LX;->f = a\ncall virtual LI;->out()V o");
    let found = ask(&format!("{classes}{lines}"), &query());
    let methods: Vec<&str> = found.flows.iter().map(|flow| flow.sink.method.as_str()).collect();
    assert_eq!(methods, ["LX;->out()V"]);
}

#[test]
fn code_that_is_not_asked_has_neither_sources_nor_sinks() {
    let source = one("a = GET\nPUT a");
    let outside = FlowQuery {
        outside: vec!["LM;".into()],
        ..query()
    };
    let found = ask(&source, &outside);
    assert_eq!((found.flows.len(), found.sources, found.sinks), (0, 0, 0));
}

#[test]
fn a_budget_cuts_and_says_so_and_threads_change_nothing() {
    let source = one("a = GET\nc = GET\nb = a\nPUT b\nd = c\nPUT d");
    let whole = ask(&source, &query());
    assert_eq!((whole.flows.len(), whole.sources), (2, 2));
    assert_eq!(
        ask(
            &source,
            &FlowQuery {
                threads: 4,
                ..query()
            }
        ),
        whole
    );
    let cut = ask(
        &source,
        &FlowQuery {
            source_budget: 2,
            ..query()
        },
    );
    assert!(!cut.complete && cut.cut.len() == 2 && cut.flows.is_empty());
}

#[test]
fn a_call_into_code_of_another_owner_hands_over_its_arguments() {
    let party = |id: &str, start: &str| Party {
        id: id.into(),
        starts: vec![start.into()],
    };
    let asked = FlowQuery {
        parties: vec![party("vendor", "Lv/"), party("other", "Lv/w/")],
        ..query()
    };
    let ends = |source: &str| -> Vec<String> {
        let found = ask(source, &asked);
        found.flows.into_iter().map(|flow| flow.sink.id).collect()
    };
    assert_eq!(ends(&one("a = GET\ncall static Lv/A;->take(LT;)V a")), ["vendor"]);
    assert_eq!(
        ends(&one("a = GET\ncall static Lv/w/A;->take(LT;)V a")),
        ["other"],
        "the longest beginning decides"
    );
    assert!(ends(&one("a = GET\ncall static Lvx/A;->take(LT;)V a")).is_empty());
    assert!(
        ends(&one("a = GET\ncall virtual Lv/A;->take()V a")).is_empty(),
        "an object is no argument of its own method"
    );
    let own = format!(
        "method Lv/A;->go()V {{\na = call static {GET}\ncall static Lv/B;->take(LT;)V a\nreturn\n}}\n{}",
        one("call static Lv/A;->go()V")
    );
    assert!(
        ends(&own).is_empty(),
        "within its own code nothing is handed over"
    );
    let across = own.replace("Lv/B;", "Lv/w/B;");
    assert_eq!(ends(&across), ["other"]);
}

#[test]
fn what_a_constructor_made_can_be_followed() {
    let mut asked = query();
    asked.sources[0].name = "fill".into();
    asked.sources[0].what = What::Receiver;
    let made = one("o = new LS;\ncall virtual LS;->fill()V o\nPUT o");
    assert_eq!(ask(&made, &asked).flows.len(), 1);
    let before = one("o = new LS;\nPUT o\ncall virtual LS;->fill()V o");
    assert_eq!(ask(&before, &asked).flows.len(), 0);
}

#[test]
fn what_many_may_be_kept_in_gives_no_names_to_objects_without_the_field() {
    let kept = "class LA;\nclass LB;\n";
    let lines = "o = new LA;\np = new LB;\nstatic L$hidden;->k = o\nstatic L$hidden;->k = p\na = GET\nq = static L$hidden;->k\n\
        q.LA;->f = a\nb = o.LA;->f\nPUT b\nc = p.LA;->f\nPUT c";
    assert_eq!(count(&format!("{kept}{}", one(lines))), 1);
    let both = lines.replace("p = new LB;", "p = new LA;");
    assert_eq!(count(&format!("{kept}{}", one(&both))), 2);
}

#[test]
fn a_budget_of_seconds_tells_what_it_cut() {
    let source = one("a = GET\nPUT a\nb = GET\nPUT b");
    let within = |seconds: f64| {
        let seconds = Some(seconds);
        ask(&source, &FlowQuery { seconds, ..query() })
    };
    for seconds in [0.0, -1.0] {
        let over = within(seconds);
        assert_eq!((over.complete, over.flows.len(), over.cut.len()), (false, 0, 2));
    }
    for seconds in [3600.0, f64::INFINITY] {
        assert_eq!(within(seconds), ask(&source, &query()));
    }
}
