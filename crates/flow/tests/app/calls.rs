//! Which methods a call may run.

use flow::ir::{Program, Stmt};

use super::{activity, empty, method, query, run, with_app};

const ANIMALS: &str = ".class abstract La/Animal;
     .method public abstract speak()V
     .class La/Dog; extends La/Animal;
     .method public speak()V registers 2
     return-void
     .end
     .class La/Cat; extends La/Animal;
     .method public speak()V registers 2
     return-void
     .end
     ";

const DOG: &str = "new-instance v0, La/Dog;";
const CAT: &str = "new-instance v1, La/Cat;";

#[test]
fn an_object_made_in_the_method_decides_what_runs() {
    let code = format!("{DOG}\n{CAT}\ninvoke-virtual {{v0}}, La/Animal;->speak()V");
    assert_eq!(run(&code, ANIMALS), ["La/Dog;->speak"]);
}

#[test]
fn both_sides_of_a_branch_count() {
    let code = format!(
        "sget v2, La/Main;->some:I
         {DOG}
         if-eqz v2, :after
         {CAT}
         move-object v0, v1
         :after
         invoke-virtual {{v0}}, La/Animal;->speak()V"
    );
    assert_eq!(run(&code, ANIMALS), ["La/Cat;->speak", "La/Dog;->speak"]);
}

#[test]
fn a_register_used_again_forgets_what_it_held() {
    let code = format!(
        "{DOG}
         invoke-virtual {{v0}}, La/Animal;->speak()V
         new-instance v0, La/Cat;"
    );
    assert_eq!(run(&code, ANIMALS), ["La/Dog;->speak"]);
}

#[test]
fn objects_are_followed_through_fields_parameters_and_results() {
    let rest = format!(
        "{ANIMALS}
         .class La/Zoo;
         .field held:La/Animal;
         .method public static keep(La/Zoo;La/Animal;)V registers 4
         iput-object v3, v2, La/Zoo;->held:La/Animal;
         return-void
         .end
         .method public static show(La/Zoo;)La/Animal; registers 4
         iget-object v0, v3, La/Zoo;->held:La/Animal;
         return-object v0
         .end"
    );
    let code = format!(
        "{DOG}
         {CAT}
         new-instance v2, La/Zoo;
         invoke-static {{v2, v0}}, La/Zoo;->keep(La/Zoo;La/Animal;)V
         invoke-static {{v2}}, La/Zoo;->show(La/Zoo;)La/Animal;
         move-result-object v3
         invoke-virtual {{v3}}, La/Animal;->speak()V"
    );
    assert_eq!(
        run(&code, &rest),
        ["La/Dog;->speak", "La/Zoo;->keep", "La/Zoo;->show"]
    );
}

#[test]
fn what_the_platform_gives_may_be_any_class_that_is_made() {
    let code = format!(
        "{DOG}
         invoke-static {{}}, Lp/Box;->take()Ljava/lang/Object;
         move-result-object v3
         check-cast v3, La/Animal;
         invoke-virtual {{v3}}, La/Animal;->speak()V"
    );
    assert_eq!(run(&code, ANIMALS), ["La/Dog;->speak"]);
}

#[test]
fn what_nobody_makes_leads_to_the_few_classes_there_are() {
    let code = "invoke-static {}, Lp/Box;->take()Ljava/lang/Object;
         move-result-object v3
         check-cast v3, La/Animal;
         invoke-virtual {v3}, La/Animal;->speak()V";
    assert_eq!(run(code, ANIMALS), ["La/Cat;->speak", "La/Dog;->speak"]);
}

#[test]
fn an_interface_method_may_be_offered_by_the_interface() {
    let rest = format!(
        ".class interface abstract La/Go;
         {}
         .class La/Goes; implements La/Go;",
        empty("public go()V")
    );
    let code = "new-instance v0, La/Goes;\ninvoke-interface {v0}, La/Go;->go()V";
    assert_eq!(run(code, &rest), ["La/Go;->go"]);
}

#[test]
fn a_call_of_super_does_not_come_back_down() {
    let rest = format!(
        ".class La/Up;
         {}
         .class La/Down; extends La/Up;
         {}
         .method public begin()V registers 2
         invoke-super {{v1}}, La/Up;->go()V
         return-void
         .end",
        empty("public go()V"),
        empty("public go()V")
    );
    let code = "new-instance v0, La/Down;\ninvoke-virtual {v0}, La/Down;->begin()V";
    assert_eq!(run(code, &rest), ["La/Down;->begin", "La/Up;->go"]);
}

#[test]
fn elements_of_arrays_are_followed() {
    let code = format!(
        "{DOG}
         {CAT}
         const/4 v2, 0
         new-array v3, v2, [La/Animal;
         aput-object v0, v3, v2
         aget-object v4, v3, v2
         invoke-virtual {{v4}}, La/Animal;->speak()V"
    );
    assert_eq!(run(&code, ANIMALS), ["La/Dog;->speak"]);
}

#[test]
fn a_class_is_initialised_before_it_is_used_and_only_once() {
    let rest = ".class La/Up;
         .method static <clinit>()V registers 1
         return-void
         .end
         .class La/Down; extends La/Up;";
    let code = "new-instance v0, La/Down;\nnew-instance v1, La/Down;";
    let query = query(&[("activity", "La/Main;", true)]);
    with_app(&activity(code, rest), &query, |app| {
        let main = method(app, "La/Main;->onCreate()V").unwrap();
        let stmts = &app.body(main).unwrap().stmts;
        assert!(
            matches!(&stmts[0], Stmt::Call(call) if app.method_text(call.method) == "La/Up;-><clinit>()V")
        );
        assert!(matches!(stmts[1], Stmt::New { .. }));
        assert!(matches!(stmts[2], Stmt::New { .. }));
    });
}

#[test]
fn a_thread_runs_itself_and_the_task_it_was_made_with() {
    let rest = format!(
        ".class La/Own; extends Ljava/lang/Thread;
         {run}
         .class La/Task; implements Ljava/lang/Runnable;
         {run}
         .class La/Idle; implements Ljava/lang/Runnable;
         {run}",
        run = empty("public run()V")
    );
    let code = "new-instance v0, La/Own;
         invoke-virtual {v0}, La/Own;->start()V
         new-instance v1, La/Task;
         new-instance v2, Ljava/lang/Thread;
         invoke-direct {v2, v1}, Ljava/lang/Thread;-><init>(Ljava/lang/Runnable;)V
         invoke-virtual {v2}, Ljava/lang/Thread;->start()V
         new-instance v3, La/Idle;";
    assert_eq!(run(code, &rest), ["La/Own;->run", "La/Task;->run"]);
}

#[test]
fn a_thread_that_is_never_started_runs_nothing() {
    let rest = format!(
        ".class La/Task; implements Ljava/lang/Runnable;\n{}",
        empty("public run()V")
    );
    let code = "new-instance v1, La/Task;
         new-instance v2, Ljava/lang/Thread;
         invoke-direct {v2, v1}, Ljava/lang/Thread;-><init>(Ljava/lang/Runnable;)V";
    assert_eq!(run(code, &rest), Vec::<String>::new());
}

#[test]
fn a_task_handed_to_the_platform_runs_and_one_handed_to_a_missing_library_runs_only_when_something_happens() {
    let rest = format!(
        ".class La/Task; implements Ljava/lang/Runnable;\n{}",
        empty("public run()V")
    );
    for (call, direct) in [
        (
            "invoke-static {v1}, Landroid/os/Any;->post(Ljava/lang/Runnable;)V",
            true,
        ),
        (
            "invoke-static {v1}, Lj/Consent;->whenAgreed(Ljava/lang/Runnable;)V",
            false,
        ),
    ] {
        let code = format!("new-instance v1, La/Task;\n{call}");
        let query = query(&[("activity", "La/Main;", true)]);
        with_app(&activity(&code, &rest), &query, |app| {
            let task = method(app, "La/Task;->run()V").unwrap();
            let callers = app.callers(task).iter();
            let callers: Vec<String> = callers.map(|caller| app.method_text(caller.0)).collect();
            let expected = match direct {
                true => "La/Main;->onCreate()V",
                false => "La/Main;->$callbacks(La/Main;)V",
            };
            assert_eq!(callers, [expected]);
        });
    }
}

#[test]
fn reflection_with_constant_names_is_followed() {
    let rest = format!(
        ".class La/Hidden;
         .field static final NAME:Ljava/lang/String; = \"a.Hidden\"
         {}
         .method public <init>()V registers 1
         return-void
         .end",
        empty("public secret(Ljava/lang/String;)V")
    );
    let code = "sget-object v0, La/Hidden;->NAME:Ljava/lang/String;
         invoke-static {v0}, Ljava/lang/Class;->forName(Ljava/lang/String;)Ljava/lang/Class;
         move-result-object v0
         invoke-virtual {v0}, Ljava/lang/Class;->newInstance()Ljava/lang/Object;
         move-result-object v1
         const-string v2, \"secret\"
         const/4 v3, 0
         invoke-virtual {v0, v2, v3}, Ljava/lang/Class;->getMethod(Ljava/lang/String;[Ljava/lang/Class;)Ljava/lang/reflect/Method;
         move-result-object v2
         invoke-virtual {v2, v1, v3}, Ljava/lang/reflect/Method;->invoke(Ljava/lang/Object;[Ljava/lang/Object;)Ljava/lang/Object;";
    assert_eq!(run(code, &rest), ["La/Hidden;->secret"]);
    let query = query(&[("activity", "La/Main;", true)]);
    let spots = with_app(&activity(code, &rest), &query, |app| app.spots());
    assert_eq!(spots.reflection, 0);
}

#[test]
fn names_that_are_put_together_or_asked_for_count_as_constant() {
    let hidden = format!(
        ".class La/Hidden;\n{}{}",
        empty("public <init>()V"),
        empty("public secret(Ljava/lang/String;)V")
    );
    let built = "new-instance v0, Ljava/lang/StringBuilder;
         invoke-direct {v0}, Ljava/lang/StringBuilder;-><init>()V
         const-string v1, \"a.Hid\"
         invoke-virtual {v0, v1}, Ljava/lang/StringBuilder;->append(Ljava/lang/String;)Ljava/lang/StringBuilder;
         const-string v1, \"den\"
         invoke-virtual {v0, v1}, Ljava/lang/StringBuilder;->append(Ljava/lang/String;)Ljava/lang/StringBuilder;
         invoke-virtual {v0}, Ljava/lang/StringBuilder;->toString()Ljava/lang/String;
         move-result-object v0
         invoke-static {v0}, Ljava/lang/Class;->forName(Ljava/lang/String;)Ljava/lang/Class;
         move-result-object v0";
    let asked = "new-instance v0, La/Hidden;
         invoke-virtual {v0}, Ljava/lang/Object;->getClass()Ljava/lang/Class;
         move-result-object v0
         invoke-virtual {v0}, Ljava/lang/Class;->getName()Ljava/lang/String;
         move-result-object v0
         invoke-static {v0}, Ljava/lang/Class;->forName(Ljava/lang/String;)Ljava/lang/Class;
         move-result-object v0";
    for class in [built, asked] {
        let code = format!(
            "{class}
             const-string v2, \"secret\"
             const/4 v3, 0
             invoke-virtual {{v0, v2, v3}}, Ljava/lang/Class;->getMethod(Ljava/lang/String;[Ljava/lang/Class;)Ljava/lang/reflect/Method;
             move-result-object v2
             invoke-virtual {{v2, v1, v3}}, Ljava/lang/reflect/Method;->invoke(Ljava/lang/Object;[Ljava/lang/Object;)Ljava/lang/Object;"
        );
        assert_eq!(run(&code, &hidden), ["La/Hidden;->secret"], "{class}");
    }
}

#[test]
fn a_reflective_call_leads_to_a_body_that_takes_its_arguments() {
    let hidden = format!(
        ".class La/Hidden;\n{}",
        empty("public <init>(Ljava/lang/String;)V")
    );
    let code = "const-class v0, La/Hidden;
         const/4 v1, 0
         invoke-virtual {v0, v1}, Ljava/lang/Class;->getConstructor([Ljava/lang/Class;)Ljava/lang/reflect/Constructor;
         move-result-object v0
         invoke-virtual {v0, v1}, Ljava/lang/reflect/Constructor;->newInstance([Ljava/lang/Object;)Ljava/lang/Object;";
    let query = query(&[("activity", "La/Main;", true)]);
    with_app(&activity(code, &hidden), &query, |app| {
        let begin = method(app, "La/Hidden;-><init>(Ljava/lang/String;)V").unwrap();
        let [(maker, _)] = app.callers(begin) else {
            panic!("{:?}", app.callers(begin))
        };
        // The constructor object and the array.
        assert_eq!(app.body(*maker).unwrap().params.len(), 2);
        let callers: Vec<String> = app
            .callers(*maker)
            .iter()
            .map(|caller| app.method_text(caller.0))
            .collect();
        assert_eq!(callers, ["La/Main;->onCreate()V"]);
    });
}

#[test]
fn a_method_of_the_platform_that_is_asked_for_may_be_called_by_reflection() {
    let code = "invoke-static {}, Lp/Box;->take()Ljava/lang/Object;
         move-result-object v1
         const-string v0, \"p.Phone\"
         invoke-static {v0}, Ljava/lang/Class;->forName(Ljava/lang/String;)Ljava/lang/Class;
         move-result-object v0
         const-string v2, \"number\"
         const/4 v3, 0
         invoke-virtual {v0, v2, v3}, Ljava/lang/Class;->getMethod(Ljava/lang/String;[Ljava/lang/Class;)Ljava/lang/reflect/Method;
         move-result-object v2
         invoke-virtual {v2, v1, v3}, Ljava/lang/reflect/Method;->invoke(Ljava/lang/Object;[Ljava/lang/Object;)Ljava/lang/Object;";
    let mut query = query(&[("activity", "La/Main;", true)]);
    query.platform.known = vec!["Lp/Phone;->number()Ljava/lang/String;".into()];
    with_app(&activity(code, ""), &query, |app| {
        let text = "L$platform;->invoke Lp/Phone;->number()Ljava/lang/String;(Ljava/lang/Object;Ljava/lang/Object;[Ljava/lang/Object;)Ljava/lang/Object;";
        let made = method(app, text).unwrap();
        let calls = app.body(made).unwrap().stmts.iter();
        let calls = calls.filter(|stmt| matches!(stmt, Stmt::Call(call) if app.method_text(call.method) == "Lp/Phone;->number()Ljava/lang/String;"));
        assert_eq!(calls.count(), 1);
        assert_eq!(app.spots().reflection, 0);
    });
}

#[test]
fn reflection_with_other_names_is_counted() {
    let code = "invoke-static {}, Lp/Net;->name()Ljava/lang/String;
         move-result-object v0
         invoke-static {v0}, Ljava/lang/Class;->forName(Ljava/lang/String;)Ljava/lang/Class;
         move-result-object v0
         invoke-virtual {v0}, Ljava/lang/Class;->newInstance()Ljava/lang/Object;";
    let query = query(&[("activity", "La/Main;", true)]);
    let spots = with_app(&activity(code, ""), &query, |app| app.spots());
    assert_eq!(spots.reflection, 1);
}

#[test]
fn a_call_that_may_lead_anywhere_is_counted_and_all_of_it_may_run() {
    let mut rest = String::from(".class interface abstract La/Go;\n.method public abstract go()V\n");
    let mut code = String::new();
    for number in 0..5 {
        rest += &format!(
            ".class La/Go{number}; implements La/Go;\n{}",
            empty("public go()V")
        );
        code += &format!("new-instance v0, La/Go{number};\n");
    }
    code += "invoke-static {}, Lp/Box;->take()Ljava/lang/Object;
         move-result-object v0
         check-cast v0, La/Go;
         invoke-interface {v0}, La/Go;->go()V";
    let mut query = query(&[("activity", "La/Main;", true)]);
    query.limits.targets = 4;
    with_app(&activity(&code, &rest), &query, |app| {
        assert_eq!(app.spots().wide, 1);
        let fifth = method(app, "La/Go4;->go()V").unwrap();
        assert_eq!(app.callers(fifth), []);
    });
    query.limits.targets = 5;
    with_app(&activity(&code, &rest), &query, |app| {
        assert_eq!(app.spots().wide, 0);
        let fifth = method(app, "La/Go4;->go()V").unwrap();
        assert_eq!(app.callers(fifth).len(), 1);
    });
}
