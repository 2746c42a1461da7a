//! What instructions become.

use flow::ir::{Body, Constant, Program, Stmt};

use super::{activity, method, query, with_app};

fn body(code: &str) -> Body {
    let query = query(&[("activity", "La/Main;", true)]);
    with_app(&activity(code, ""), &query, |app| {
        let main = method(app, "La/Main;->onCreate()V").unwrap();
        app.body(main).unwrap().clone()
    })
}

#[test]
fn the_result_of_a_call_goes_where_the_next_instruction_says() {
    let body = body("invoke-static {}, Lp/T;->wide()J\nmove-result-wide v2");
    assert!(matches!(&body.stmts[0], Stmt::Call(call) if call.to == Some(2) && call.args.is_empty()));
    assert_eq!(body.stmts[1], Stmt::Nop);
    assert_eq!(body.params, [7]);
}

#[test]
fn a_wide_argument_is_one_local() {
    let body = body("const-wide/16 v0, 9\nconst/4 v2, 1\ninvoke-static {v0, v1, v2}, Lp/T;->take(JI)V");
    assert!(matches!(&body.stmts[2], Stmt::Call(call) if call.args == [0, 2]));
}

#[test]
fn branches_and_switches_lead_where_they_say() {
    let body = body(
        "const/4 v0, 3
         if-eqz v0, :end
         packed-switch v0, :table
         const/4 v1, 1
         :one
         const/4 v1, 2
         :end
         return-void
         :table .packed 1 :one :end",
    );
    // 0 const, 1 if, 2 switch, 3 const, 4 const, 5 return
    assert_eq!(body.next[1], [2, 5]);
    assert_eq!(body.next[2], [3, 4, 5]);
    assert_eq!(body.next[3], [4]);
    assert_eq!(body.next[5], Vec::<u32>::new());
    assert!(matches!(body.stmts[1], Stmt::Branch { on: [Some(0), None] }));
}

#[test]
fn what_may_throw_leads_to_its_handler_after_what_follows() {
    let body = body(
        ":from
         const/4 v0, 3
         invoke-static {}, Lp/T;->may()V
         :to
         goto :end
         :handler
         move-exception v1
         :end
         return-void
         .catch :from :to :handler",
    );
    assert_eq!(body.next[0], [1]);
    assert_eq!(body.next[1], [2, 3]);
    assert_eq!(body.stmts[3], Stmt::Catch { to: 1 });
}

#[test]
fn a_filled_array_is_made_and_filled() {
    let body = body("const/4 v0, 3\nfilled-new-array {v0, v0}, [I\nmove-result-object v2");
    let stores = body
        .stmts
        .iter()
        .filter(|stmt| matches!(stmt, Stmt::StoreElement { .. }));
    assert_eq!(stores.count(), 2);
    assert!(body
        .stmts
        .iter()
        .any(|stmt| matches!(stmt, Stmt::Move { to: 2, .. })));
}

#[test]
fn constants_and_arithmetic_are_what_they_are() {
    let body =
        body("const/4 v0, -1\nadd-int/2addr v0, v1\nconst-string v2, \"text\"\nconst-class v3, La/Main;");
    assert!(matches!(
        body.stmts[0],
        Stmt::Const {
            to: 0,
            value: Constant::Number(-1)
        }
    ));
    assert_eq!(
        body.stmts[1],
        Stmt::Compute {
            to: 0,
            from: [Some(0), Some(1)]
        }
    );
    assert!(matches!(
        body.stmts[2],
        Stmt::Const {
            value: Constant::Text(_),
            ..
        }
    ));
    assert!(matches!(
        body.stmts[3],
        Stmt::Const {
            value: Constant::Class(_),
            ..
        }
    ));
}

#[test]
fn statements_know_their_code_units() {
    let body = body("const/16 v0, 3\nconst/4 v1, 1\nnop");
    assert_eq!(body.units[..3], [0, 2, 3]);
}
