//! Which branches keep a call from running, and which do so at the first start.

use flow::Flag;

use super::phases::{read_in, ways_in, READ};
use super::{activity, query, short};

const AGREED: &str = "const-string v1, \"agreed\"
     const/4 v2, 0
     invoke-interface {v0, v1, v2}, Lp/Prefs;->getBoolean(Ljava/lang/String;Z)Z
     move-result v3
     ";

fn guard_of(code: &str, rest: &str) -> Option<(Flag, String, Option<String>)> {
    let ways = ways_in(&activity(code, rest), &query(&[("activity", "La/Main;", true)]));
    assert_eq!(ways.ways.len(), 1, "{ways:?}");
    let guard = ways.ways[0].guard.clone()?;
    Some((guard.flag, short(&guard.reads), guard.key))
}

#[test]
fn a_branch_on_a_preference_guards_what_comes_behind_it() {
    let stored = Some((
        Flag::Stored,
        "Lp/Prefs;->getBoolean".to_owned(),
        Some("agreed".to_owned()),
    ));
    assert_eq!(
        guard_of(&format!("{AGREED}if-eqz v3, :no\n{READ}\n:no"), ""),
        stored
    );
    assert_eq!(
        guard_of(&format!("{AGREED}if-nez v3, :yes\nreturn-void\n:yes\n{READ}"), ""),
        stored
    );
}

/// Whether the guard decides at the first start, when there is one; the flag is in v3.
fn decides(default: &str, code: &str, rest: &str) -> Option<bool> {
    let read = AGREED.replace("const/4 v2, 0", default);
    let ways = ways_in(
        &activity(&format!("{read}{code}"), rest),
        &query(&[("activity", "La/Main;", true)]),
    );
    assert_eq!(ways.ways.len(), 1, "{ways:?}");
    ways.ways[0].guard.as_ref().map(|guard| guard.decides)
}

#[test]
fn a_guard_keeps_the_call_from_running_as_long_as_nothing_is_stored() {
    let agreed = format!("if-eqz v3, :no\n{READ}\n:no");
    let not_yet = format!("if-nez v3, :no\n{READ}\n:no");
    assert_eq!(decides("const/4 v2, 0", &agreed, ""), Some(true));
    assert_eq!(decides("const/4 v2, 1", &agreed, ""), None);
    assert_eq!(decides("const/4 v2, 0", &not_yet, ""), None);
    assert_eq!(decides("const/4 v2, 1", &not_yet, ""), Some(true));
    let turned = |rest: &str| format!("xor-int/lit8 v3, v3, 1\n{rest}");
    // What is computed of a flag is no flag of its own.
    assert_eq!(decides("const/4 v2, 0", &turned(&agreed), ""), None);
}

#[test]
fn a_default_that_nobody_knows_leaves_open_what_a_guard_does() {
    let agreed = format!("if-eqz v3, :no\n{READ}\n:no");
    let state = ".class La/State;\n.field static usual:Z\n.method static set(Z)V registers 1\nsput-boolean v0, La/State;->usual:Z\nreturn-void\n.end";
    assert_eq!(
        decides("sget-boolean v2, La/State;->usual:Z", &agreed, state),
        Some(false)
    );
}

#[test]
fn a_value_that_need_not_be_the_flag_decides_nothing() {
    let state = ".class La/State;\n.field static ready:I\n.method static set(I)V registers 1\nsput v0, La/State;->ready:I\nreturn-void\n.end";
    let either = |constant: u32| {
        format!(
            "sget v4, La/State;->ready:I\nif-eqz v4, :as_is\nconst/4 v3, {constant}\n:as_is\nif-eqz v3, :no\n{READ}\n:no"
        )
    };
    assert_eq!(decides("const/4 v2, 0", &either(1), state), Some(false));
    assert_eq!(decides("const/4 v2, 0", &either(0), state), Some(true));
}

#[test]
fn one_of_two_branches_that_decides_is_told() {
    let second = "const-string v1, \"ads\"\nconst/4 v2, 1\n
         invoke-interface {v0, v1, v2}, Lp/Prefs;->getBoolean(Ljava/lang/String;Z)Z\nmove-result v4\n";
    let both = format!("{second}if-eqz v4, :no\nif-eqz v3, :no\n{READ}\n:no");
    assert_eq!(decides("const/4 v2, 0", &both, ""), Some(true));
    assert_eq!(decides("const/4 v2, 1", &both, ""), None);
}

#[test]
fn flags_that_are_numbers_and_texts_have_their_defaults_too() {
    let flags = |names: &[&str]| {
        let mut query = query(&[("activity", "La/Main;", true)]);
        query.flags = names.iter().map(|name| format!("Lp/Prefs;->{name}")).collect();
        query
    };
    let decided = |name: &str, call: &str, branch: &str| {
        let code = format!("const-string v1, \"agreed\"\n{call}\n{branch}\n{READ}\n:no");
        let ways = ways_in(&activity(&code, ""), &flags(&[name]));
        ways.ways[0].guard.as_ref().map(|guard| guard.decides)
    };
    let number = "const/4 v2, 2
         invoke-interface {v0, v1, v2}, Lp/Prefs;->getInt(Ljava/lang/String;I)I
         move-result v3";
    assert_eq!(
        decided("getInt", number, "const/4 v4, 3\nif-lt v3, v4, :no"),
        Some(true)
    );
    assert_eq!(
        decided("getInt", number, "const/4 v4, 2\nif-lt v3, v4, :no"),
        None
    );
    assert_eq!(decided("getInt", number, "if-gtz v3, :no"), Some(true));
    let text = "const/4 v2, 0
         invoke-interface {v0, v1, v2}, Lp/Prefs;->getString(Ljava/lang/String;Ljava/lang/String;)Ljava/lang/String;
         move-result-object v3";
    assert_eq!(decided("getString", text, "if-eqz v3, :no"), Some(true));
    assert_eq!(decided("getString", text, "if-nez v3, :no"), None);
    let empty = text.replace("const/4 v2, 0", "const-string v2, \"\"");
    assert_eq!(decided("getString", &empty, "if-eqz v3, :no"), None);
    let there = "invoke-interface {v0, v1}, Lp/Prefs;->contains(Ljava/lang/String;)Z\nmove-result v3";
    assert_eq!(decided("contains", there, "if-eqz v3, :no"), Some(true));
    assert_eq!(decided("contains", there, "if-nez v3, :no"), None);
}

#[test]
fn a_method_that_hands_on_a_flag_hands_on_its_default() {
    let handed = |body: &str, given: &str, branch: &str| {
        let rest = format!(
            ".class La/B;
             .method public static agreed(Z)Z registers 5
             const-string v1, \"agreed\"
             invoke-interface {{v0, v1, v4}}, Lp/Prefs;->getBoolean(Ljava/lang/String;Z)Z
             move-result v3
             {body}
             .end"
        );
        let code = format!(
            "{given}\ninvoke-static {{v0}}, La/B;->agreed(Z)Z\nmove-result v0\n{branch} v0, :no\n{READ}\n:no"
        );
        let ways = ways_in(&activity(&code, &rest), &query(&[("activity", "La/Main;", true)]));
        ways.ways[0].guard.as_ref().map(|guard| guard.decides)
    };
    let (no, yes) = ("const/4 v0, 0", "const/4 v0, 1");
    assert_eq!(handed("return v3", no, "if-eqz"), Some(true));
    assert_eq!(handed("return v3", yes, "if-eqz"), None);
    let negated = "if-eqz v3, :not\nconst/4 v0, 0\nreturn v0\n:not\nconst/4 v0, 1\nreturn v0";
    assert_eq!(handed(negated, no, "if-eqz"), None);
    assert_eq!(handed(negated, no, "if-nez"), Some(true));
    assert_eq!(handed(negated, yes, "if-eqz"), Some(true));
}

#[test]
fn a_way_round_by_what_is_not_known_to_decide_is_told() {
    let rest = format!(
        ".class La/State;
         .field static usual:Z
         .method static set(Z)V registers 1
         sput-boolean v0, La/State;->usual:Z
         return-void
         .end
         .class La/B;
         {}",
        read_in("public static go()V")
    );
    let go = "invoke-static {}, La/B;->go()V";
    let second = "const-string v1, \"ads\"
         sget-boolean v2, La/State;->usual:Z
         invoke-interface {v0, v1, v2}, Lp/Prefs;->getBoolean(Ljava/lang/String;Z)Z
         move-result v3";
    let code = |second: &str| format!("if-eqz v3, :no\n{go}\n:no\n{second}\nif-eqz v3, :end\n{go}\n:end");
    assert_eq!(decides("const/4 v2, 0", &code(""), &rest), Some(true));
    assert_eq!(decides("const/4 v2, 0", &code(second), &rest), Some(false));
}

#[test]
fn a_branch_that_the_call_does_not_depend_on_is_no_guard() {
    assert_eq!(
        guard_of(&format!("{AGREED}if-eqz v3, :no\nnop\n:no\n{READ}"), ""),
        None
    );
    assert_eq!(
        guard_of(&format!("{READ}\n{AGREED}if-eqz v3, :no\nnop\n:no"), ""),
        None
    );
}

#[test]
fn a_guard_may_stand_further_up_and_be_read_by_a_method_of_its_own() {
    let rest = format!(
        ".class La/B;
         {}
         .method public static agreed()Z registers 4
         {AGREED}
         return v3
         .end",
        read_in("public static go()V")
    );
    let code = "invoke-static {}, La/B;->agreed()Z
         move-result v0
         if-eqz v0, :no
         invoke-static {}, La/B;->go()V
         :no";
    assert_eq!(
        guard_of(code, &rest),
        Some((
            Flag::Stored,
            "Lp/Prefs;->getBoolean".to_owned(),
            Some("agreed".to_owned())
        ))
    );
    let round = format!("{code}\ninvoke-static {{}}, La/B;->go()V");
    assert_eq!(guard_of(&round, &rest), None);
}

#[test]
fn a_field_is_told_as_a_field() {
    let code = format!("sget-boolean v0, La/State;->ready:Z\nif-eqz v0, :no\n{READ}\n:no");
    assert_eq!(
        guard_of(&code, ".class La/State;\n.field static ready:Z"),
        Some((Flag::Field, "La/State;->ready:Z".to_owned(), None))
    );
}

#[test]
fn a_way_round_by_a_field_is_not_guarded_by_a_preference() {
    let rest = format!(
        ".class La/State;
         .field static ready:Z
         .class La/B;
         {}",
        read_in("public static go()V")
    );
    let by_preference = format!(
        "{AGREED}
         if-eqz v3, :no
         invoke-static {{}}, La/B;->go()V
         :no"
    );
    let round = "sget-boolean v4, La/State;->ready:Z
         if-eqz v4, :end
         invoke-static {}, La/B;->go()V
         :end";
    assert_eq!(
        guard_of(&by_preference, &rest).map(|guard| guard.0),
        Some(Flag::Stored)
    );
    assert_eq!(
        guard_of(&format!("{by_preference}\n{round}"), &rest).map(|guard| guard.0),
        Some(Flag::Field)
    );
}

#[test]
fn one_way_without_a_guard_is_told_beside_many_with_one() {
    let guarded = "const-string v1, \"agreed\"\nconst/4 v2, 0\n\
        invoke-virtual {v0, v1, v2}, Lp/Prefs;->getBoolean(Ljava/lang/String;Z)Z\nmove-result v0\nif-eqz v0, :no\n";
    let mut text = format!(".class La/T;\n{}", read_in("static go()V"));
    let mut components = Vec::new();
    let names: Vec<String> = (0..9).map(|number| format!("La/P{number};")).collect();
    for (number, name) in names.iter().enumerate() {
        let before = if number == 8 { "" } else { guarded };
        text += &format!(
            ".class {name} extends Lp/Provider;\n.method public onCreate()Z registers 4\n{before}\
             invoke-static {{}}, La/T;->go()V\n:no\nconst/4 v0, 0\nreturn v0\n.end\n"
        );
        components.push(("provider", name.as_str(), false));
    }
    let ways = ways_in(&text, &query(&components));
    let open: Vec<&str> = ways
        .ways
        .iter()
        .filter(|way| way.guard.is_none())
        .map(|way| way.component.as_str())
        .collect();
    assert_eq!((open, ways.ways.len(), ways.further), (vec!["La/P8;"], 5, 4));
}
