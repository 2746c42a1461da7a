//! Who gets to a call, when, and behind which guard.

use dex::{CallQuery, DexSource, Limits, Query};
use flow::query::AppQuery;
use flow::{ways, ways_to, App, Asked, Phase, Place, Ways};

use super::{activity, assemble, empty, query, short, with_app};

pub(super) const READ: &str = "invoke-static {}, Lt/T;->read()V";

pub(super) fn ways_in(text: &str, query: &AppQuery) -> Ways {
    let bytes = assemble(text);
    let sources = [DexSource {
        path: "classes.dex".into(),
        bytes: &bytes,
        group: 0,
    }];
    let calls = vec![CallQuery {
        id: "Q".into(),
        class: "Lt/T;".into(),
        name: "read".into(),
        proto: None,
    }];
    let asked = Query {
        calls,
        ..Query::default()
    };
    let finds = dex::find(&sources, &asked, &Limits::default());
    let places: Vec<Place> = finds
        .finds
        .iter()
        .map(|find| Place {
            method_id: find.method_id.unwrap(),
            unit: find.offset.unwrap(),
        })
        .collect();
    ways(&App::new(&sources, query), &places)
}

/// Component, phase and chain of every way, names only.
fn told(ways: &Ways) -> Vec<(String, Phase, String)> {
    let rows = ways.ways.iter().map(|way| {
        let chain: Vec<String> = way.chain.iter().map(|link| short(&link.method)).collect();
        (way.component.clone(), way.phase, chain.join(" "))
    });
    rows.collect()
}

pub(super) fn read_in(declaration: &str) -> String {
    format!(".method {declaration} registers 4\n{READ}\nreturn-void\n.end\n")
}

#[test]
fn the_launcher_starts_by_itself_and_another_activity_does_not() {
    let launcher = query(&[("activity", "La/Main;", true)]);
    let row = |phase| vec![("La/Main;".to_owned(), phase, "La/Main;->onCreate".to_owned())];
    assert_eq!(
        told(&ways_in(&activity(READ, ""), &launcher)),
        row(Phase::AppStart)
    );
    let other = query(&[("activity", "La/Main;", false)]);
    assert_eq!(told(&ways_in(&activity(READ, ""), &other)), row(Phase::Ui));
}

#[test]
fn a_click_is_no_start_even_on_the_first_screen() {
    let text = activity(
        "new-instance v0, La/Clicks;\ninvoke-virtual {v1, v0}, Lp/View;->setOnClick(Lp/Click;)V",
        &format!(
            ".class La/Clicks; implements Lp/Click;\n{}",
            read_in("public onClick(Lp/View;)V")
        ),
    );
    let rows = told(&ways_in(&text, &query(&[("activity", "La/Main;", true)])));
    assert_eq!(
        rows,
        [("La/Main;".to_owned(), Phase::Ui, "La/Clicks;->onClick".to_owned())]
    );
}

#[test]
fn a_place_that_comes_without_a_tap_is_background() {
    let text = activity(
        "new-instance v0, La/Where;\ninvoke-virtual {v1, v0}, Lp/Manager;->ask(Lp/Places;)V",
        &format!(
            ".class La/Where; implements Lp/Places;\n{}",
            read_in("public onPlace()V")
        ),
    );
    let rows = told(&ways_in(&text, &query(&[("activity", "La/Main;", true)])));
    assert_eq!(rows[0].1, Phase::Background);
}

#[test]
fn a_provider_and_an_application_start_the_app() {
    let text = format!(
        ".class La/Data; extends Lp/Provider;\n{}{}.class La/App; extends Lp/Application;\n{}",
        read_in("public onCreate()Z").replace("return-void", "const/4 v0, 0\nreturn v0"),
        read_in("public query()V"),
        read_in("public onCreate()V")
    );
    let components = [("provider", "La/Data;", false), ("application", "La/App;", false)];
    let mut rows = told(&ways_in(&text, &query(&components)));
    rows.sort();
    let row = |class: &str, phase, chain: &str| (class.to_owned(), phase, chain.to_owned());
    assert_eq!(
        rows,
        [
            row("La/App;", Phase::AppStart, "La/App;->onCreate"),
            row("La/Data;", Phase::AppStart, "La/Data;->onCreate"),
            row("La/Data;", Phase::Background, "La/Data;->query"),
        ]
    );
}

#[test]
fn a_receiver_tells_the_broadcasts_that_start_it() {
    let text = format!(
        ".class La/Boot; extends Lp/Receiver;\n{}",
        read_in("public onReceive()V")
    );
    let mut query = query(&[("receiver", "La/Boot;", false)]);
    query.components[0].actions = vec!["android.intent.action.BOOT_COMPLETED".into()];
    let ways = ways_in(&text, &query);
    assert_eq!(ways.ways[0].phase, Phase::Background);
    assert_eq!(ways.ways[0].triggers, ["android.intent.action.BOOT_COMPLETED"]);
}

#[test]
fn what_the_first_screen_starts_at_once_belongs_to_the_start_but_its_clicks_do_not() {
    let second = format!(
        ".class La/Second; extends Lp/Activity;\n{}{}",
        read_in("public onCreate()V"),
        read_in("public onKey()V")
    );
    let code = "new-instance v0, Landroid/content/Intent;
         const-class v1, La/Second;
         invoke-direct {v0, v7, v1}, Landroid/content/Intent;-><init>(Lp/Context;Ljava/lang/Class;)V
         invoke-virtual {v7, v0}, La/Main;->startActivity(Landroid/content/Intent;)V";
    let components = [("activity", "La/Main;", true), ("activity", "La/Second;", false)];
    let rows = told(&ways_in(&activity(code, &second), &query(&components)));
    let starts: Vec<_> = rows.iter().filter(|row| row.1 == Phase::AppStart).collect();
    assert_eq!(starts.len(), 1);
    assert_eq!(starts[0].2, "La/Main;->onCreate La/Second;->onCreate");
    assert!(rows
        .iter()
        .any(|row| row.2 == "La/Second;->onKey" && row.1 == Phase::Ui));
}

#[test]
fn each_link_says_where_the_next_method_is_called() {
    let rest = format!(".class La/B;\n{}", read_in("public static go()V"));
    let ways = ways_in(
        &activity("const/16 v0, 1\ninvoke-static {}, La/B;->go()V", &rest),
        &query(&[("activity", "La/Main;", true)]),
    );
    let units: Vec<u32> = ways.ways[0].chain.iter().map(|link| link.unit).collect();
    assert_eq!(units, [2, 0]);
    assert!(ways.ways[0].certain);
}

#[test]
fn a_call_that_may_mean_two_methods_is_not_certain() {
    let two = format!(
        ".class interface abstract La/Go;
         .method public abstract go()V
         .class La/One; implements La/Go;
         {}
         .class La/Two; implements La/Go;
         {}",
        read_in("public go()V"),
        empty("public go()V")
    );
    let code = "sget v2, La/Main;->some:I
         new-instance v0, La/One;
         if-eqz v2, :after
         new-instance v0, La/Two;
         :after
         invoke-interface {v0}, La/Go;->go()V";
    let ways = ways_in(&activity(code, &two), &query(&[("activity", "La/Main;", true)]));
    assert!(!ways.ways[0].certain);
}

#[test]
fn only_the_first_of_many_components_are_told_and_the_others_counted() {
    let mut text = format!(".class La/B;\n{}", read_in("public static go()V"));
    let names: Vec<String> = (0..20).map(|number| format!("La/A{number};")).collect();
    for name in &names {
        text += &format!(
            ".class {name} extends Lp/Activity;
             .method public onCreate()V registers 1
             invoke-static {{}}, La/B;->go()V
             return-void
             .end\n"
        );
    }
    let components: Vec<(&str, &str, bool)> = names
        .iter()
        .map(|name| ("activity", name.as_str(), false))
        .collect();
    let ways = ways_in(&text, &query(&components));
    assert_eq!((ways.ways.len(), ways.further), (4, 16));
    assert_eq!(ways.ways[0].component, "La/A0;");
}

fn of_methods(text: &str, query: &AppQuery, methods: &[&str]) -> (bool, Ways) {
    with_app(text, query, |app| {
        let mut asked = Asked::new(app);
        let methods: Vec<String> = methods.iter().map(|text| (*text).to_owned()).collect();
        let all = asked.methods(&methods);
        (all, ways_to(app, &asked))
    })
}

#[test]
fn methods_are_asked_by_name_with_or_without_their_prototype() {
    let text = activity(
        "invoke-static {}, La/Main;->go()V",
        &format!("{}{}", read_in("static go()V"), read_in("static go(I)V")),
    );
    let query = query(&[("activity", "La/Main;", true)]);
    let row = |chain: &str| {
        let chain = chain.to_owned();
        vec![("La/Main;".to_owned(), Phase::AppStart, chain)]
    };
    let way = row("La/Main;->onCreate La/Main;->go");
    for name in ["La/Main;->go", "La/Main;->go()V"] {
        let (all, ways) = of_methods(&text, &query, &[name]);
        assert_eq!((all, told(&ways)), (true, way.clone()), "{name}");
    }
    // What nothing calls has no way, nor has what nobody names.
    for name in ["La/Main;->go(I)V", "La/Main;->no", "Main"] {
        assert_eq!(told(&of_methods(&text, &query, &[name]).1), [], "{name}");
    }
    // Of what the package does not define the calls are meant.
    let (_, ways) = of_methods(&text, &query, &["Lt/T;->read"]);
    assert_eq!(told(&ways), way);
    assert_eq!(ways.ways[0].kind, flow::query::Kind::Activity);
}
