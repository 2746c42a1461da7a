//! What only the refusal of a request leads to, and what explains it before.

use flow::refusal::{refusals, Refusal, RefusalQuery};

use super::{empty, query, with_app};

const QUERY: &str = r#"{
  "requests": [
    {"id": "activity", "class": "Lp/Activity;", "name": "requestPermissions", "code": 1},
    {"id": "launcher", "class": "Lp/Launcher;", "name": "launch"}],
  "answers": [
    {"class": "Lp/Activity;", "name": "onAnswer", "proto": "(I[Ljava/lang/String;[I)V", "shape": "codes", "result": 2, "code": 0},
    {"class": "Lp/Denied;", "name": "onDenied", "proto": "()V", "shape": "refused"}],
  "registrations": [
    {"class": "Lp/Activity;", "name": "register", "contract": 0, "callback": 1, "contracts": ["Lp/Permission;"],
     "runs": "onResult(Ljava/lang/Object;)V"}],
  "states": [{"id": "state", "class": "Lp/Context;", "name": "check"}],
  "same": [{"id": "box", "class": "Ljava/lang/Boolean;", "name": "booleanValue"}],
  "reasons": [{"id": "rationale", "class": "Lp/Activity;", "name": "shouldExplain"}],
  "buttons": [{"id": "button", "class": "Lp/Builder;", "name": "setButton", "listener": 0, "runs": "onPress(I)V"}],
  "ends": [
    {"id": "finish", "class": "Lp/Activity;", "name": "finish", "closes": true},
    {"id": "exit", "class": "Ljava/lang/System;", "name": "exit"},
    {"id": "again", "class": "Lp/Activity;", "name": "requestPermissions", "code": 1}],
  "opens": [{"id": "screen", "class": "Lp/Context;", "name": "startActivity"}]
}"#;

/// The request of number 7 in the activity, with what stands before it.
fn request(before: &str) -> String {
    format!(
        ".method public onCreate()V registers 8
         {before}
         const/4 v1, 7
         invoke-virtual {{v7, v0, v1}}, La/Main;->requestPermissions([Ljava/lang/String;I)V
         return-void
         .end\n"
    )
}

/// The method that is told, with v9 to v12 as its parameters.
fn answer(code: &str) -> String {
    format!(".method public onAnswer(I[Ljava/lang/String;[I)V registers 13\n{code}\n.end\n")
}

const FINISH: &str = "invoke-virtual {v9}, La/Main;->finish()V";
const OPEN: &str = "invoke-virtual {v9, v0}, La/Main;->startActivity(Landroid/content/Intent;)V";

fn ask(members: &str, rest: &str) -> Vec<Refusal> {
    let text = format!(".class La/Main; extends Lp/Activity;\n{members}\n{rest}");
    let rows: RefusalQuery = serde_json::from_str(QUERY).unwrap();
    let mut app = query(&[("activity", "La/Main;", true)]);
    let step =
        serde_json::from_str("\"run this onAnswer(I[Ljava/lang/String;[I)V number names results\"").unwrap();
    app.lives
        .iter_mut()
        .find(|life| life.class == "Lp/Activity;")
        .unwrap()
        .steps
        .push(step);
    with_app(&text, &app, |app| {
        let (found, complete) = refusals(app, &rows);
        assert!(complete);
        found
    })
}

/// The ids of the ends of the only request.
fn ends(members: &str, rest: &str) -> Vec<String> {
    let found = ask(members, rest);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].ends.iter().map(|end| end.id.clone()).collect()
}

/// The first number decides; what follows `granted` and `refused` stands there.
fn by_first(granted: &str, refused: &str) -> String {
    answer(&format!(
        "const/4 v0, 0
         aget v1, v12, v0
         if-nez v1, :refused
         {granted}
         return-void
         :refused
         {refused}
         return-void"
    ))
}

#[test]
fn what_stands_on_the_side_of_the_refusal_follows_it() {
    let members = request("") + &by_first("", FINISH);
    let found = ask(&members, "");
    assert_eq!(found[0].id.as_deref(), Some("activity"));
    assert_eq!(found[0].code, Some(7));
    assert_eq!(found[0].answers, ["La/Main;->onAnswer(I[Ljava/lang/String;[I)V"]);
    let end = &found[0].ends[0];
    assert_eq!(
        (end.id.as_str(), end.certain, end.button.as_deref()),
        ("finish", true, None)
    );
    assert_eq!(end.chain.len(), 1);
}

#[test]
fn what_stands_on_the_side_of_the_grant_or_on_both_does_not() {
    assert!(ends(&(request("") + &by_first(FINISH, "")), "").is_empty());
    // The same at another place may be the same act: the code alone does not tell.
    assert!(!ask(&(request("") + &by_first(FINISH, FINISH)), "")[0].ends[0].certain);
    assert!(ends(&(request("") + &answer(&format!("{FINISH}\nreturn-void"))), "").is_empty());
}

#[test]
fn a_screen_that_closes_ends_nothing_when_another_opens() {
    let certain = |granted: &str, refused: &str| {
        let found = ask(&(request("") + &by_first(granted, refused)), "");
        let ends: Vec<_> = found[0]
            .ends
            .iter()
            .map(|end| (end.id.clone(), end.certain))
            .collect();
        ends
    };
    let closes = |sure| vec![("finish".to_owned(), sure)];
    let onward = format!("{OPEN}\n{FINISH}");
    // The grant hands over to the next screen, the refusal leads nowhere.
    assert_eq!(certain(&onward, FINISH), closes(true));
    // The refusal goes on with another screen.
    assert_eq!(certain("", &onward), closes(false));
    assert_eq!(certain(&onward, &onward), closes(false));
    // Ending the process ends it, whatever was opened.
    let exit = format!("{OPEN}\ninvoke-static {{v1}}, Ljava/lang/System;->exit(I)V");
    assert_eq!(certain("", &exit), vec![("exit".to_owned(), true)]);
}

#[test]
fn a_loop_over_all_numbers_is_understood() {
    let loops = answer(&format!(
        "array-length v1, v12
         const/4 v0, 0
         :next
         if-ge v0, v1, :granted
         aget v2, v12, v0
         if-nez v2, :refused
         add-int/lit8 v0, v0, 1
         goto :next
         :refused
         {FINISH}
         :granted
         return-void"
    ));
    assert_eq!(ends(&(request("") + &loops), ""), ["finish"]);
}

#[test]
fn a_method_that_says_whether_all_is_granted_is_understood() {
    let helper = answer(&format!(
        "invoke-static {{v12}}, La/Main;->all([I)Z
         move-result v0
         if-nez v0, :granted
         {FINISH}
         :granted
         return-void"
    )) + ".method static all([I)Z registers 5
         array-length v1, v4
         const/4 v0, 0
         :next
         if-ge v0, v1, :yes
         aget v2, v4, v0
         if-eqz v2, :more
         const/4 v3, 0
         return v3
         :more
         add-int/lit8 v0, v0, 1
         goto :next
         :yes
         const/4 v3, 1
         return v3
         .end\n";
    assert_eq!(ends(&(request("") + &helper), ""), ["finish"]);
    // Turned round, it is the grant that leads there.
    let turned = helper.replacen("if-nez v0, :granted", "if-eqz v0, :granted", 1);
    assert!(ends(&(request("") + &turned), "").is_empty());
}

#[test]
fn the_answer_to_another_number_is_another_matter() {
    let numbered = |number: u8| {
        answer(&format!(
            "const/16 v0, {number}
             if-ne v10, v0, :other
             const/4 v0, 0
             aget v1, v12, v0
             if-eqz v1, :other
             {FINISH}
             :other
             return-void"
        ))
    };
    assert_eq!(ends(&(request("") + &numbered(7)), ""), ["finish"]);
    assert!(ends(&(request("") + &numbered(8)), "").is_empty());
}

#[test]
fn asking_again_tells_its_number() {
    let again = "const/4 v1, 7
         invoke-virtual {v9, v0, v1}, La/Main;->requestPermissions([Ljava/lang/String;I)V";
    let found = ask(&(request("") + &by_first("", again)), "");
    let first = found
        .iter()
        .find(|row| row.method == "La/Main;->onCreate()V")
        .unwrap();
    let told: Vec<_> = first.ends.iter().map(|end| (end.id.as_str(), end.code)).collect();
    assert_eq!(told, [("again", Some(7))]);
}

#[test]
fn a_button_of_a_dialog_leads_on() {
    let dialog = "new-instance v2, La/Press;
         invoke-direct {v2}, La/Press;-><init>()V
         invoke-virtual {v3, v2}, Lp/Builder;->setButton(Lp/OnPress;)V";
    let press = |code: &str| {
        format!(
            ".class La/Press; implements Lp/OnPress;
             {}.method public onPress(I)V registers 3
             {code}
             return-void
             .end\n",
            empty("public <init>()V")
        )
    };
    let exit = "const/4 v0, 0\ninvoke-static {v0}, Ljava/lang/System;->exit(I)V";
    let found = ask(&(request("") + &by_first("", dialog)), &press(exit));
    let end = &found[0].ends[0];
    assert_eq!(end.id, "exit");
    assert_eq!(
        end.button.as_deref(),
        Some("Lp/Builder;->setButton(Lp/OnPress;)V")
    );
    assert_eq!(end.chain.len(), 2);
    assert!(end.certain);
    assert!(ends(&(request("") + &by_first("", dialog)), &press("")).is_empty());
    // A second button that leads nowhere leaves a choice.
    let two =
        format!("{dialog}\nconst/4 v2, 0\ninvoke-virtual {{v3, v2}}, Lp/Builder;->setButton(Lp/OnPress;)V");
    assert!(!ask(&(request("") + &by_first("", &two)), &press(exit))[0].ends[0].certain);
}

#[test]
fn a_callback_of_a_contract_is_told_a_truth_value() {
    let launch = |contract: &str| {
        format!(
            ".field ask:Lp/Launcher;
             .method public onCreate()V registers 8
             new-instance v0, {contract}
             new-instance v1, La/Back;
             invoke-direct {{v1}}, La/Back;-><init>()V
             invoke-virtual {{v7, v0, v1}}, La/Main;->register(Lp/Contract;Lp/Callback;)Lp/Launcher;
             move-result-object v2
             iput-object v2, v7, La/Main;->ask:Lp/Launcher;
             iget-object v2, v7, La/Main;->ask:Lp/Launcher;
             invoke-virtual {{v2, v0}}, Lp/Launcher;->launch(Ljava/lang/Object;)V
             return-void
             .end\n"
        )
    };
    let back = |branch: &str| {
        format!(
            ".class La/Back; implements Lp/Callback;
             {}.method public onResult(Ljava/lang/Object;)V registers 4
             check-cast v3, Ljava/lang/Boolean;
             invoke-virtual {{v3}}, Ljava/lang/Boolean;->booleanValue()Z
             move-result v0
             {branch} v0, :end
             const/4 v0, 0
             invoke-static {{v0}}, Ljava/lang/System;->exit(I)V
             :end
             return-void
             .end\n",
            empty("public <init>()V")
        )
    };
    assert_eq!(ends(&launch("Lp/Permission;"), &back("if-nez")), ["exit"]);
    assert!(ends(&launch("Lp/Permission;"), &back("if-eqz")).is_empty());
    assert!(ends(&launch("Lp/Picture;"), &back("if-nez")).is_empty());
}

#[test]
fn the_state_that_is_asked_for_then_is_the_answer() {
    let state = |branch: &str| {
        answer(&format!(
            "invoke-virtual {{v9, v0}}, La/Main;->check(Ljava/lang/String;)I
             move-result v1
             {branch} v1, :end
             {FINISH}
             :end
             return-void"
        ))
    };
    assert_eq!(ends(&(request("") + &state("if-eqz")), ""), ["finish"]);
    assert!(ends(&(request("") + &state("if-nez")), "").is_empty());
}

#[test]
fn what_explains_stands_before_the_request() {
    let explain = "invoke-virtual {v7, v0}, La/Main;->shouldExplain(Ljava/lang/String;)Z";
    let reason = |members: &str| ask(members, "")[0].reason.clone().map(|reason| reason.id);
    assert_eq!(reason(&request(explain)).as_deref(), Some("rationale"));
    assert_eq!(reason(&request("")), None);
    let behind = request("").replace("return-void", &format!("{explain}\nreturn-void"));
    assert_eq!(reason(&behind), None);
}
