//! Broken code and too much of it.

use dex::DexSource;
use flow::ir::Program;
use flow::App;

use super::{activity, assemble, empty, method, query, reached, with_app};

#[test]
fn broken_code_costs_that_method_only() {
    let rest = format!(".class La/B;\n{}", empty("public static go()V"));
    let text = activity("invoke-static {}, La/B;->go()V", &rest);
    let bytes = assemble(&text);
    let query = query(&[("activity", "La/Main;", true)]);
    let mut faulty = 0;
    for at in 0x70..bytes.len() {
        let mut broken = bytes.clone();
        broken[at] ^= 0xff;
        let sources = [DexSource {
            path: "classes.dex".into(),
            bytes: &broken,
            group: 0,
        }];
        let app = App::new(&sources, &query);
        faulty += app.spots().faulty;
        for method in app.reached() {
            let body = app.body(*method).unwrap();
            assert_eq!(body.next.len(), body.stmts.len());
            assert_eq!(body.units.len(), body.stmts.len());
            let end = body.stmts.len() as u32;
            assert!(body.next.iter().flatten().all(|to| *to < end));
        }
    }
    assert!(faulty > 0);
}

#[test]
fn classes_that_inherit_in_a_circle_end() {
    let rest = ".class La/X; extends La/Y;\n.class La/Y; extends La/X;\n.method public go()V registers 1\nreturn-void\n.end";
    let query = query(&[("activity", "La/Main;", true)]);
    let text = activity("new-instance v0, La/X;\ninvoke-virtual {v0}, La/X;->go()V", rest);
    assert_eq!(
        with_app(&text, &query, reached),
        ["La/Main;->onCreate", "La/Y;->go"]
    );
}

#[test]
fn what_the_limits_leave_out_is_counted() {
    let rest = format!(".class La/B;\n{}", empty("public static go()V"));
    let text = activity("invoke-static {}, La/B;->go()V", &rest);
    let mut query = query(&[("activity", "La/Main;", true)]);
    query.limits.statements = 10;
    with_app(&text, &query, |app| assert!(app.spots().budget > 0));
    query.limits.statements = 4000;
    with_app(&text, &query, |app| {
        assert_eq!(app.spots().budget, 0);
        assert!(method(app, "La/B;->go()V").is_some());
    });
}

#[test]
fn the_same_code_gives_the_same_graph() {
    let mut rest = String::new();
    let mut code = String::new();
    for number in 0..40 {
        rest += &format!(
            ".class La/C{number}; implements Ljava/lang/Runnable;\n{}",
            empty("public run()V")
        );
        code += &format!("new-instance v0, La/C{number};\ninvoke-static {{v0}}, Landroid/os/Any;->post(Ljava/lang/Runnable;)V\n");
    }
    let text = activity(&code, &rest);
    let query = query(&[("activity", "La/Main;", true)]);
    let draw = || {
        with_app(&text, &query, |app| {
            let mut lines = Vec::new();
            for method in app.reached() {
                let body = app.body(*method).unwrap();
                lines.push(format!(
                    "{} {body:?} {:?}",
                    app.method_text(*method),
                    app.callers(*method)
                ));
            }
            lines
        })
    };
    assert_eq!(draw(), draw());
}

#[test]
fn a_value_cast_ten_thousand_times_costs_no_stack() {
    let casts = "check-cast v0, La/B;\n".repeat(10_000);
    let rest = format!(".class La/B;\n{}", empty("public go()V"));
    let code = format!("new-instance v0, La/B;\n{casts}invoke-virtual {{v0}}, La/B;->go()V");
    let query = query(&[("activity", "La/Main;", true)]);
    let all = with_app(&activity(&code, &rest), &query, reached);
    assert_eq!(all, ["La/B;->go", "La/Main;->onCreate"]);
}
