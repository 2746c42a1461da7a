//! A DEX file: the program, ways to what it reaches, flows and refusals, as every scan asks for them. The question is read from the file
//! that `MINGJIAN_FUZZ_QUESTION` names (`seeds.py` writes it).
#![no_main]

use std::sync::LazyLock;

use dex::DexSource;
use flow::ir::Program;
use flow::query::AppQuery;
use flow::refusal::RefusalQuery;
use flow::taint::FlowQuery;
use flow::{App, Asked};

#[derive(serde::Deserialize)]
struct Question {
    app: AppQuery,
    flows: FlowQuery,
    refusals: RefusalQuery,
}

static QUESTION: LazyLock<Question> = LazyLock::new(|| {
    let path = std::env::var("MINGJIAN_FUZZ_QUESTION").expect("MINGJIAN_FUZZ_QUESTION names the question");
    serde_json::from_slice(&std::fs::read(path).expect("the question is there")).expect("it is a question")
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let sources = [DexSource {
        path: "classes.dex".into(),
        bytes: data,
        group: 0,
    }];
    let app = App::new(&sources, &QUESTION.app);
    let found = flow::taint::flows(&app, &QUESTION.flows).expect("the models are sound");
    let names: Vec<String> = app.reached().iter().take(64).map(|method| app.method_text(*method)).collect();
    let mut asked = Asked::new(&app);
    asked.methods(&names);
    for each in &found.flows {
        asked.site(&each.source);
        asked.site(&each.sink);
    }
    let _ = flow::ways_to(&app, &asked);
    let _ = flow::refusal::refusals(&app, &QUESTION.refusals);
});
