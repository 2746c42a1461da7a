//! Intents: which component they start.

use flow::ir::{Program, Stmt};

use super::{activity, empty, method, query, with_app};

/// The components that the last call of `onCreate` which starts any leads to.
fn started(code: &str) -> Vec<String> {
    let rest = format!(
        ".class La/Second; extends Lp/Activity;\n{}.class La/Third; extends Lp/Activity;\n{}.class La/Work; extends Lp/Service;",
        empty("public onCreate()V"),
        empty("public onCreate()V")
    );
    let mut query = query(&[
        ("activity", "La/Main;", true),
        ("activity", "La/Second;", false),
        ("activity", "La/Third;", false),
        ("service", "La/Work;", false),
    ]);
    query.components[2].actions = vec!["do.third".into()];
    with_app(&activity(code, &rest), &query, |app| {
        let main = method(app, "La/Main;->onCreate()V").unwrap();
        let mut all = Vec::new();
        for (at, stmt) in app.body(main).unwrap().stmts.iter().enumerate() {
            if matches!(stmt, Stmt::Call(_)) {
                let classes = app.intent_targets(main, at as u32).iter();
                all.extend(classes.map(|class| app.class_name(*class).to_owned()));
            }
        }
        all
    })
}

const NEW: &str = "new-instance v0, Landroid/content/Intent;
     const-class v1, La/Second;
     invoke-direct {v0, v7, v1}, Landroid/content/Intent;-><init>(Lp/Context;Ljava/lang/Class;)V
     ";
const START: &str = "invoke-virtual {v7, v0}, La/Main;->startActivity(Landroid/content/Intent;)V";

#[test]
fn a_class_in_the_constructor_is_the_target() {
    assert_eq!(started(&format!("{NEW}{START}")), ["La/Second;"]);
}

#[test]
fn a_component_of_another_kind_is_not_started() {
    let code = format!("{NEW}invoke-virtual {{v7, v0}}, La/Main;->startService(Landroid/content/Intent;)V");
    assert_eq!(started(&code), Vec::<String>::new());
}

#[test]
fn a_class_may_be_set_by_name_and_by_component() {
    let by_name = "new-instance v0, Landroid/content/Intent;
         invoke-direct {v0}, Landroid/content/Intent;-><init>()V
         const-string v1, \"a.Third\"
         invoke-virtual {v0, v7, v1}, Landroid/content/Intent;->setClassName(Lp/Context;Ljava/lang/String;)Landroid/content/Intent;
         move-result-object v0
         ";
    assert_eq!(started(&format!("{by_name}{START}")), ["La/Third;"]);
    let by_component = "new-instance v0, Landroid/content/Intent;
         invoke-direct {v0}, Landroid/content/Intent;-><init>()V
         new-instance v2, Landroid/content/ComponentName;
         const-string v1, \"a.Third\"
         invoke-direct {v2, v7, v1}, Landroid/content/ComponentName;-><init>(Lp/Context;Ljava/lang/String;)V
         invoke-virtual {v0, v2}, Landroid/content/Intent;->setComponent(Landroid/content/ComponentName;)Landroid/content/Intent;
         ";
    assert_eq!(started(&format!("{by_component}{START}")), ["La/Third;"]);
}

#[test]
fn an_action_is_looked_up_in_the_filters() {
    let code = "new-instance v0, Landroid/content/Intent;
         const-string v1, \"do.third\"
         invoke-direct {v0, v1}, Landroid/content/Intent;-><init>(Ljava/lang/String;)V
         ";
    assert_eq!(started(&format!("{code}{START}")), ["La/Third;"]);
    let other = code.replace("do.third", "do.other");
    assert_eq!(started(&format!("{other}{START}")), Vec::<String>::new());
}

#[test]
fn two_intents_are_told_apart() {
    let code = format!(
        "{NEW}
         new-instance v2, Landroid/content/Intent;
         const-class v1, La/Third;
         invoke-direct {{v2, v7, v1}}, Landroid/content/Intent;-><init>(Lp/Context;Ljava/lang/Class;)V
         {START}"
    );
    assert_eq!(started(&code), ["La/Second;"]);
}

#[test]
fn the_intent_is_what_the_component_gets() {
    let rest = ".class La/Second; extends Lp/Activity;
         .method public onCreate()V registers 3
         invoke-virtual {v2}, La/Second;->getIntent()Landroid/content/Intent;
         move-result-object v0
         return-void
         .end";
    let query = query(&[("activity", "La/Main;", true), ("activity", "La/Second;", false)]);
    with_app(&activity(&format!("{NEW}{START}"), rest), &query, |app| {
        let second = method(app, "La/Second;->onCreate()V").unwrap();
        let stmts = &app.body(second).unwrap().stmts;
        // The call, what is kept in the object, and the result that is this.
        let Stmt::Load { to, object: 2, field } = stmts[1] else {
            panic!("{:?}", stmts[1])
        };
        assert_eq!(stmts[2], Stmt::Move { to: 0, from: to });
        let life = method(app, "La/Second;->$life(Landroid/content/Intent;)V").unwrap();
        let body = app.body(life).unwrap();
        let kept = |stmt: &Stmt| matches!(stmt, Stmt::Store { field: own, from, .. } if *own == field && *from == body.params[0]);
        assert!(body.stmts.iter().any(kept));
    });
}
