//! What the platform runs.

use flow::ir::{Program, Stmt};

use super::{activity, empty, method, query, reached, run, run_with, short, with_app};

#[test]
fn a_component_that_the_manifest_does_not_name_does_not_run() {
    let text = format!(
        ".class La/One; extends Lp/Activity;\n{}.class La/Two; extends Lp/Activity;\n{}",
        empty("public onCreate()V"),
        empty("public onCreate()V")
    );
    let query = query(&[("activity", "La/One;", false)]);
    assert_eq!(with_app(&text, &query, reached), ["La/One;->onCreate"]);
}

#[test]
fn providers_begin_before_the_application_and_components_after_it() {
    let text = format!(
        ".class La/App; extends Lp/Application;\n{}.class La/Data; extends Lp/Provider;\n{}.class La/One; extends Lp/Activity;\n{}",
        empty("public onCreate()V"),
        empty("public onCreate()Z"),
        empty("public onCreate()V")
    );
    let query = query(&[
        ("activity", "La/One;", true),
        ("provider", "La/Data;", false),
        ("application", "La/App;", false),
    ]);
    with_app(&text, &query, |app| {
        let calls = |text: &str| -> Vec<String> {
            let method = method(app, text).unwrap();
            let stmts = &app.body(method).unwrap().stmts;
            let calls = stmts.iter().filter_map(|stmt| match stmt {
                Stmt::Call(call) => Some(short(&app.method_text(call.method))),
                _ => None,
            });
            calls.collect()
        };
        // Providers begin in the application's life, and are asked later on too.
        assert_eq!(
            calls("L$platform;->main()V"),
            ["La/App;->$life", "La/One;->$life", "La/Data;->$life"]
        );
        let app_calls = calls("La/App;->$life(Landroid/content/Intent;)V");
        assert_eq!(app_calls[..2], ["La/Data;->$life", "Lp/Application;->onCreate"]);
    });
}

#[test]
fn a_life_cycle_comes_back_where_it_may() {
    let rest = format!("{}{}", empty("public onResume()V"), empty("public onPause()V"));
    let query = query(&[("activity", "La/Main;", true)]);
    with_app(&activity("nop", &rest), &query, |app| {
        let life = method(app, "La/Main;->$life(Landroid/content/Intent;)V").unwrap();
        let body = app.body(life).unwrap();
        let place = |name: &str| {
            let mut all = body.stmts.iter();
            let found = all.position(
                |stmt| matches!(stmt, Stmt::Call(call) if app.method_text(call.method).contains(name)),
            );
            found.unwrap() as u32
        };
        let leads = |from: u32, to: u32| {
            let mut seen = vec![false; body.stmts.len()];
            let mut queue: Vec<u32> = body.next[from as usize].clone();
            while let Some(at) = queue.pop() {
                if !std::mem::replace(&mut seen[at as usize], true) {
                    queue.extend(&body.next[at as usize]);
                }
            }
            seen[to as usize]
        };
        assert!(leads(place("onPause"), place("onResume")));
        assert!(!leads(place("onPause"), place("onCreate")));
    });
}

const CLICKS: &str = ".class La/Clicks; implements Lp/Click;
     .method public onClick(Lp/View;)V registers 3
     return-void
     .end";

#[test]
fn a_listener_runs_in_the_component_that_registers_it() {
    let text = format!(
        "{}
         .class La/Other; extends Lp/Activity;
         {}
         {CLICKS}",
        activity(
            "new-instance v0, La/Clicks;
             invoke-virtual {v1, v0}, Lp/View;->setOnClick(Lp/Click;)V",
            ""
        ),
        empty("public onCreate()V")
    );
    let query = query(&[("activity", "La/Main;", true), ("activity", "La/Other;", false)]);
    with_app(&text, &query, |app| {
        let click = method(app, "La/Clicks;->onClick(Lp/View;)V").unwrap();
        let callers: Vec<String> = app
            .callers(click)
            .iter()
            .map(|caller| app.method_text(caller.0))
            .collect();
        assert_eq!(callers, ["La/Main;->$callbacks(La/Main;)V"]);
    });
}

#[test]
fn a_listener_that_is_only_made_does_not_run() {
    assert_eq!(run("new-instance v0, La/Clicks;", CLICKS), Vec::<String>::new());
}

#[test]
fn a_listener_may_get_what_was_kept_for_it() {
    let mut query = query(&[("activity", "La/Main;", true)]);
    query.listeners[1].methods = vec!["onClick(Lp/View;)V last".into()];
    let code = "new-instance v0, La/Clicks;
         invoke-virtual {v1, v0}, Lp/View;->setOnClick(Lp/Click;)V";
    with_app(&activity(code, CLICKS), &query, |app| {
        let callbacks = method(app, "La/Main;->$callbacks(La/Main;)V").unwrap();
        let stmts = &app.body(callbacks).unwrap().stmts;
        let at = stmts
            .iter()
            .position(|stmt| matches!(stmt, Stmt::Call(_)))
            .unwrap();
        let Stmt::Call(call) = &stmts[at] else { panic!() };
        let Stmt::LoadStatic { to, field } = stmts[at - 1] else {
            panic!("{:?}", stmts[at - 1])
        };
        assert_eq!(call.args[1], to);
        assert!(app.field_text(field).contains("->last:"));
    });
}

#[test]
fn what_a_layout_calls_runs_in_the_activities_that_have_it() {
    let rest = format!(
        "{}{}",
        empty("public tapped(Landroid/view/View;)V"),
        empty("public other(Landroid/view/View;)V")
    );
    let mut query = query(&[("activity", "La/Main;", true)]);
    query.clicks = vec!["tapped".into(), "missing".into()];
    assert_eq!(run_with("nop", &rest, &query), ["La/Main;->tapped"]);
}

#[test]
fn the_platform_calls_what_it_gets_of_its_own_types() {
    let rest = ".class La/Picture; extends Lp/Button;
         .method public onDraw()V registers 3
         return-void
         .end
         .method public other()V registers 3
         return-void
         .end";
    let code = "new-instance v0, La/Picture;\ninvoke-virtual {v7, v0}, Lp/Activity;->show(Lp/View;)V";
    assert_eq!(run(code, rest), ["La/Picture;->onDraw"]);
    assert_eq!(run("new-instance v0, La/Picture;", rest), Vec::<String>::new());
}

#[test]
fn a_fragment_lives_where_it_is_added() {
    let rest = format!(
        ".class La/Part; extends Lp/Fragment;\n{}",
        empty("public onAttach()V")
    );
    let code = "new-instance v0, La/Part;\ninvoke-virtual {v1, v0}, Lp/Transaction;->add(Lp/Fragment;)V";
    assert_eq!(run(code, &rest), ["La/Part;->onAttach"]);
    assert_eq!(run("new-instance v0, La/Part;", &rest), Vec::<String>::new());
}

#[test]
fn views_and_fragments_of_layouts_are_made() {
    let rest = format!(
        ".class La/Part; extends Lp/Fragment;\n{}.class La/Picture; extends Lp/View;\n{}",
        empty("public onAttach()V"),
        empty("public onDraw()V")
    );
    // The type must be one that the platform is handed somewhere for the package's classes to matter.
    let mut query = query(&[("activity", "La/Main;", true)]);
    query.inflated = vec!["La/Part;".into(), "La/Picture;".into()];
    assert_eq!(
        run_with("nop", &rest, &query),
        ["La/Part;->onAttach", "La/Picture;->onDraw"]
    );
}

#[test]
fn a_line_that_is_no_step_is_told() {
    let mut query = query(&[("activity", "La/Main;", true)]);
    query.later[0].steps.push("jump 0".into());
    let bytes = super::assemble(&activity("nop", ""));
    let sources = [dex::DexSource {
        path: "classes.dex".into(),
        bytes: &bytes,
        group: 0,
    }];
    let app = flow::App::new(&sources, &query);
    assert_eq!(app.faults().len(), 1);
    assert_eq!(app.faults()[0].code, "bad_step");
}
