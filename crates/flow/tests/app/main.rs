//! What an app's code may run, in which order, when, and behind which guard.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../../dex/tests/assembler/mod.rs"]
mod assembler;
mod calls;
mod guards;
mod hostile;
mod icc;
mod life;
mod lowering;
mod phases;
mod refusals;

use assembler::assemble;
use dex::DexSource;
use flow::ir::{MethodId, Program};
use flow::query::AppQuery;
use flow::App;

/// Rows that the tests share; a test that needs more adds them.
const ROWS: &str = r#"{
  "platform": {"supers": {
    "Lp/Activity;": ["Lp/Context;"], "Lp/Application;": ["Lp/Context;"], "Lp/Service;": ["Lp/Context;"],
    "Lp/Button;": ["Lp/View;"], "Ljava/lang/Thread;": ["Ljava/lang/Object;", "Ljava/lang/Runnable;"]}},
  "lives": [
    {"class": "Lp/Application;", "start": ["onCreate"], "steps": ["providers", "run this onCreate()V", "callbacks"]},
    {"class": "Lp/Provider;", "start": ["onCreate"], "steps": ["run this onCreate()Z", {"again": ["run this query()V"]}]},
    {"class": "Lp/Activity;", "start": ["onCreate", "onResume"], "steps": [
      "put this intent intent", "run this onCreate()V",
      {"again": ["run this onResume()V", {"again": ["callbacks", "run this onKey()V"]}, "run this onPause()V"]}]},
    {"class": "Lp/Service;", "start": ["onStart"], "steps": ["run this onStart(Landroid/content/Intent;)V intent"]},
    {"class": "Lp/Receiver;", "start": ["onReceive"], "steps": ["run this onReceive()V"]},
    {"class": "Lp/Fragment;", "steps": ["run this onAttach()V"]}],
  "later": [
    {"call": "Ljava/lang/Thread;-><init>(Ljava/lang/Runnable;)V", "steps": ["put 0 runnable 1"]},
    {"call": "Ljava/lang/Thread;->start()V", "steps": [
      "run 0 Ljava/lang/Thread;->run()V", "get 0 runnable -> task", "run task Ljava/lang/Runnable;->run()V"]},
    {"call": "Lp/Activity;->getIntent", "steps": ["get 0 intent -> i", "give i"]},
    {"call": "Lp/Context;->startActivity", "steps": ["start activity 1"]},
    {"call": "Lp/Context;->startService", "steps": ["start service 1"]},
    {"call": "Lp/Context;->sendBroadcast", "steps": ["start receiver 1"]},
    {"call": "Lp/Transaction;->add", "steps": ["run 1 Lp/Fragment;->$life()V"]}],
  "listeners": [
    {"class": "Ljava/lang/Runnable;", "when": "now", "methods": ["run()V"]},
    {"class": "Lp/Click;", "methods": ["onClick(Lp/View;)V"]},
    {"class": "Lp/Places;", "background": true, "methods": ["onPlace()V"]}],
  "plain": ["Lp/Context;", "Lp/Activity;"],
  "hooks": ["on"],
  "flags": ["Lp/Prefs;->getBoolean"]
}"#;

/// The shared rows with these components: kind, class, whether it is the launcher.
pub fn query(components: &[(&str, &str, bool)]) -> AppQuery {
    let mut query: AppQuery = serde_json::from_str(ROWS).unwrap();
    for (kind, class, launcher) in components {
        let row = format!(r#"{{"class": "{class}", "kind": "{kind}", "launcher": {launcher}}}"#);
        query.components.push(serde_json::from_str(&row).unwrap());
    }
    query
}

/// Calls `check` with the app that has this code.
pub fn with_app<T>(text: &str, query: &AppQuery, check: impl FnOnce(&App<'_>) -> T) -> T {
    let bytes = assemble(text);
    let sources = [DexSource {
        path: "classes.dex".into(),
        bytes: &bytes,
        group: 0,
    }];
    let app = App::new(&sources, query);
    assert_eq!(app.faults(), []);
    check(&app)
}

/// The method of this text, among those that are reached.
pub fn method(app: &App<'_>, text: &str) -> Option<MethodId> {
    let all = app.reached().iter();
    all.copied().find(|method| app.method_text(*method) == text)
}

/// Class and name of all methods of `La/` that may run, but for constructors and those made by the analysis; sorted.
pub fn reached(app: &App<'_>) -> Vec<String> {
    let mut all: Vec<String> = app
        .reached()
        .iter()
        .map(|method| short(&app.method_text(*method)))
        .filter(|text| text.starts_with("La/") && !text.contains(['$', '<']))
        .collect();
    all.sort();
    all
}

/// A method without its prototype.
pub fn short(text: &str) -> String {
    text.split('(').next().unwrap().to_owned()
}

/// An activity `La/Main;` whose `onCreate` has this code, with eight registers of which v7 is `this`, and what else there is.
pub fn activity(code: &str, rest: &str) -> String {
    format!(
        ".class La/Main; extends Lp/Activity;
         .method public onCreate()V registers 8
         {code}
         return-void
         .end
         {rest}"
    )
}

/// A method that does nothing.
pub fn empty(declaration: &str) -> String {
    format!(".method {declaration} registers 4\nreturn-void\n.end\n")
}

/// What may run of an app whose only component is the activity of [`activity`], besides that.
pub fn run(code: &str, rest: &str) -> Vec<String> {
    run_with(code, rest, &query(&[("activity", "La/Main;", true)]))
}

/// The same with other rows.
pub fn run_with(code: &str, rest: &str, query: &AppQuery) -> Vec<String> {
    with_app(&activity(code, rest), query, |app| {
        let mut all = reached(app);
        all.retain(|text| text != "La/Main;->onCreate");
        all
    })
}
