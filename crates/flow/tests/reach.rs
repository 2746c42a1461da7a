//! Which methods an entry point reaches, and by which way.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../dex/tests/assembler/mod.rs"]
mod assembler;

use assembler::assemble;
use dex::{CallQuery, DexSource, Limits, Query};
use flow::{reach, Entry, Reach, ReachQuery};

fn entry(class: &str, methods: &[&str]) -> Entry {
    let methods = methods.iter().map(|name| (*name).to_owned()).collect();
    Entry {
        id: class.to_owned(),
        class: class.to_owned(),
        methods,
    }
}

fn reach_in(files: &[&str], entries: Vec<Entry>, limit: usize) -> Reach {
    let bytes: Vec<Vec<u8>> = files.iter().map(|text| assemble(text)).collect();
    let sources: Vec<DexSource<'_>> = bytes
        .iter()
        .enumerate()
        .map(|(number, bytes)| DexSource {
            path: format!("classes{number}.dex"),
            bytes,
            group: 0,
        })
        .collect();
    let calls = vec![CallQuery {
        id: "Q".into(),
        class: "LT;".into(),
        name: "read".into(),
        proto: None,
    }];
    let finds = dex::find(
        &sources,
        &Query {
            calls,
            ..Query::default()
        },
        &Limits::default(),
    );
    assert_eq!(finds.faults, []);
    let wanted: Vec<u32> = finds.finds.iter().filter_map(|find| find.method_id).collect();
    reach(&sources, &ReachQuery { entries, limit }, &wanted)
}

/// The chains from `La/App;->onCreate` to the methods that call `LT;->read`, names only.
fn chains(text: &str) -> Vec<String> {
    let reach = reach_in(&[text], vec![entry("La/App;", &["onCreate"])], 1000);
    assert!(reach.complete);
    let mut chains: Vec<String> = reach.reached.iter().map(|row| short(&row.chain)).collect();
    chains.sort();
    chains
}

fn short(chain: &[String]) -> String {
    let names: Vec<&str> = chain
        .iter()
        .map(|method| method.split('(').next().unwrap())
        .collect();
    names.join(" ")
}

/// An app whose `onCreate` has this code, and a class `La/Reader;` whose `read` calls what is asked for.
fn app(code: &str, rest: &str) -> String {
    format!(
        ".class La/App; extends Lp/Application;
         .method public onCreate()V registers 4
         {code}
         return-void
         .end
         .class La/Reader;
         .method public static read()V registers 0
         invoke-static {{}}, LT;->read()V
         return-void
         .end
         {rest}"
    )
}

const READ: &str = "invoke-static {}, La/Reader;->read()V";

fn method(declaration: &str, registers: u32, code: &str) -> String {
    format!(".method {declaration} registers {registers}\n{code}\nreturn-void\n.end\n")
}

#[test]
fn a_static_call_is_followed_and_the_shortest_way_is_given() {
    let detour = method("static detour()V", 0, "invoke-static {}, La/B;->direct()V");
    let direct = method("static direct()V", 0, READ);
    let text = app(
        "invoke-static {}, La/B;->detour()V\ninvoke-static {}, La/B;->direct()V",
        &format!(".class La/B;\n{detour}{direct}"),
    );
    assert_eq!(
        chains(&text),
        ["La/App;->onCreate La/B;->direct La/Reader;->read"]
    );
}

#[test]
fn what_is_not_reached_is_not_listed() {
    let text = app("nop", "");
    let reach = reach_in(&[&text], vec![entry("La/App;", &["onCreate", "missing"])], 1000);
    assert_eq!((reach.reached.len(), reach.methods, reach.complete), (0, 1, true));
}

#[test]
fn the_entry_method_may_be_inherited_and_lie_in_another_file() {
    let base = format!(
        ".class La/Base; extends Lp/Application;\n{}",
        method("public onCreate()V", 1, READ)
    );
    let app = app("nop", "").replace("La/App; extends Lp/Application;", "La/Other;");
    let last = ".class La/App; extends La/Base;";
    let reach = reach_in(&[last, &base, &app], vec![entry("La/App;", &["onCreate"])], 1000);
    assert_eq!(
        short(&reach.reached[0].chain),
        "La/Base;->onCreate La/Reader;->read"
    );
}

#[test]
fn each_entry_has_its_own_chain() {
    let service = format!(
        ".class La/Job; extends Lp/Service;\n{}",
        method("public onStart()V", 1, READ)
    );
    let text = app(READ, &service);
    let entries = vec![entry("La/App;", &["onCreate"]), entry("La/Job;", &["onStart"])];
    let reach = reach_in(&[&text], entries, 1000);
    let rows: Vec<_> = reach
        .reached
        .iter()
        .map(|row| (row.entry, short(&row.chain)))
        .collect();
    let expected = [
        (0, "La/App;->onCreate La/Reader;->read".to_owned()),
        (1, "La/Job;->onStart La/Reader;->read".to_owned()),
    ];
    assert_eq!(rows, expected);
    assert_eq!(reach.methods, 3);
}

#[test]
fn a_virtual_call_means_the_nearest_superclass_that_defines_it() {
    let text = app(
        "new-instance v0, La/Below;\ninvoke-virtual {v0}, La/Below;->go()V",
        &format!(
            ".class La/Above;\n{}.class La/Below; extends La/Above;",
            method("public go()V", 1, READ)
        ),
    );
    assert_eq!(
        chains(&text),
        ["La/App;->onCreate La/Above;->go La/Reader;->read"]
    );
}

#[test]
fn a_single_overrider_is_followed_and_one_of_two_is_not() {
    let above = format!(".class La/Above;\n{}", method("public go()V", 1, "nop"));
    let below = |name: &str| {
        format!(
            ".class La/{name}; extends La/Above;\n{}",
            method("public go()V", 1, READ)
        )
    };
    let call = "sget-object v0, La/App;->some:La/Above;\ninvoke-virtual {v0}, La/Above;->go()V";
    let one = app(call, &format!("{above}{}", below("One")));
    assert_eq!(chains(&one), ["La/App;->onCreate La/One;->go La/Reader;->read"]);
    let two = app(call, &format!("{above}{}{}", below("One"), below("Two")));
    assert_eq!(chains(&two), Vec::<String>::new());
}

#[test]
fn a_super_call_does_not_come_back_to_the_overrider() {
    let above = format!(".class La/Above;\n{}", method("public go()V", 1, "nop"));
    let below = format!(
        ".class La/Below; extends La/Above;\n{}",
        method("public go()V", 1, READ)
    );
    let text = app("invoke-super {v3}, La/Above;->go()V", &format!("{above}{below}"));
    assert_eq!(chains(&text), Vec::<String>::new());
}

#[test]
fn an_interface_call_is_left_open() {
    let text = app(
        "sget-object v0, La/App;->some:La/Go;\ninvoke-interface {v0}, La/Go;->go()V",
        &format!(
            ".class interface abstract La/Go;\n.method public abstract go()V\n.class La/One; implements La/Go;\n{}",
            method("public go()V", 1, READ)
        ),
    );
    assert_eq!(chains(&text), Vec::<String>::new());
}

#[test]
fn using_a_class_runs_its_initialiser_and_that_of_its_superclass() {
    let above = format!(".class La/Above;\n{}", method("static <clinit>()V", 0, READ));
    let below = format!(
        ".class La/Below; extends La/Above;\n{}",
        method("static other()V", 0, "nop")
    );
    let expected = ["La/App;->onCreate La/Above;-><clinit> La/Reader;->read"];
    for code in [
        "new-instance v0, La/Below;",
        "invoke-static {}, La/Below;->other()V",
        "sget v0, La/Below;->count:I",
    ] {
        assert_eq!(chains(&app(code, &format!("{above}{below}"))), expected, "{code}");
    }
}

#[test]
fn what_a_thread_an_executor_or_a_task_runs_later_is_followed() {
    let run = method("public run()V", 1, READ);
    let runnable = format!(".class La/Run; implements Ljava/lang/Runnable;\n{run}");
    let thread = format!(".class La/Run; extends Ljava/lang/Thread;\n{run}");
    let task = format!(
        ".class La/Run; extends Landroid/os/AsyncTask;\n{}",
        method(
            "public doInBackground([Ljava/lang/Object;)Ljava/lang/Object;",
            2,
            READ
        )
    );
    let new = "new-instance v0, La/Run;\ninvoke-direct {v0}, La/Run;-><init>()V\n";
    let cases = [
        (&thread, "invoke-virtual {v0}, La/Run;->start()V", "run"),
        (
            &runnable,
            "new-instance v1, Ljava/lang/Thread;
             invoke-direct {v1, v0}, Ljava/lang/Thread;-><init>(Ljava/lang/Runnable;)V
             invoke-virtual {v1}, Ljava/lang/Thread;->start()V",
            "run",
        ),
        (
            &runnable,
            "invoke-virtual {v2, v0}, Landroid/os/Handler;->post(Ljava/lang/Runnable;)Z",
            "run",
        ),
        (
            &runnable,
            "invoke-interface {v2, v0}, Ljava/util/concurrent/Executor;->execute(Ljava/lang/Runnable;)V",
            "run",
        ),
        (
            &task,
            "invoke-virtual {v0, v2}, La/Run;->execute([Ljava/lang/Object;)Landroid/os/AsyncTask;",
            "doInBackground",
        ),
    ];
    for (class, call, runs) in cases {
        let expected = [format!("La/App;->onCreate La/Run;->{runs} La/Reader;->read")];
        assert_eq!(chains(&app(&format!("{new}{call}"), class)), expected, "{call}");
    }
}

#[test]
fn a_class_that_nobody_has_may_keep_what_it_is_given() {
    let runnable = format!(
        ".class La/Run; implements Ljava/lang/Runnable;\n{}",
        method("public run()V", 1, READ)
    );
    let code = "new-instance v0, La/Run;
                invoke-direct {v0}, La/Run;-><init>()V
                invoke-static {v0}, Lj/Consent;->whenAgreed(Ljava/lang/Runnable;)V";
    assert_eq!(chains(&app(code, &runnable)), Vec::<String>::new());
}

#[test]
fn an_object_that_is_only_created_does_not_run() {
    let runnable = format!(
        ".class La/Run; implements Ljava/lang/Runnable;\n{}",
        method("public run()V", 1, READ)
    );
    assert_eq!(
        chains(&app("new-instance v0, La/Run;", &runnable)),
        Vec::<String>::new()
    );
}

#[test]
fn calls_in_a_circle_end() {
    let one = method("static one()V", 0, "invoke-static {}, La/B;->two()V");
    let two = method(
        "static two()V",
        0,
        &format!("invoke-static {{}}, La/B;->one()V\n{READ}"),
    );
    let text = app(
        "invoke-static {}, La/B;->one()V",
        &format!(".class La/B;\n{one}{two}"),
    );
    assert_eq!(
        chains(&text),
        ["La/App;->onCreate La/B;->one La/B;->two La/Reader;->read"]
    );
}

#[test]
fn classes_that_inherit_in_a_circle_end() {
    let text = app(
        "invoke-virtual {v3}, La/X;->nowhere()V",
        ".class La/X; extends La/Y;\n.class La/Y; extends La/X;\n.method public go()V registers 1\nreturn-void\n.end",
    );
    assert_eq!(chains(&text), Vec::<String>::new());
}

#[test]
fn a_graph_larger_than_the_limit_is_incomplete() {
    let text = app(READ, "");
    let reach = reach_in(&[&text], vec![entry("La/App;", &["onCreate"])], 0);
    assert!(!reach.complete);
    assert_eq!(reach.faults[0].code, "edges");
}

#[test]
fn the_limit_may_be_left_out_of_the_query() {
    let query: ReachQuery = serde_json::from_str(r#"{"entries": []}"#).unwrap();
    assert_eq!(query.limit, 2_000_000);
}
