//! What building the call graph of an app costs: `cargo run --example graph -- query.json classes.dex …`.

use std::error::Error;
use std::time::Instant;

use dex::DexSource;
use flow::ir::Program;
use flow::query::AppQuery;
use flow::{App, Place};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let query: AppQuery = serde_json::from_slice(&std::fs::read(args.next().ok_or("which query?")?)?)?;
    let mut files = Vec::new();
    for path in args {
        files.push((std::fs::read(&path)?, path));
    }
    let sources: Vec<DexSource<'_>> = files
        .iter()
        .map(|(bytes, path)| DexSource {
            path: path.clone(),
            bytes,
            group: 0,
        })
        .collect();
    let start = Instant::now();
    dex::find(&sources, &dex::Query::default(), &dex::Limits::default());
    let scan = start.elapsed();
    let start = Instant::now();
    let app = App::new(&sources, &query);
    let graph = start.elapsed();
    let statements: usize = app
        .reached()
        .iter()
        .filter_map(|method| app.body(*method))
        .map(|body| body.stmts.len())
        .sum();
    println!("scan {scan:?}, graph {graph:?}");
    println!("{} methods, {statements} statements", app.reached().len());
    println!("{:?}", app.spots());
    for fault in app.faults().iter().take(20) {
        println!("{fault:?}");
    }
    let asked = app.reached().iter().filter_map(|method| app.find_number(*method));
    let places: Vec<Place> = asked
        .step_by(20)
        .map(|method_id| Place { method_id, unit: 0 })
        .collect();
    let start = Instant::now();
    let ways = flow::ways(&app, &places);
    println!(
        "{} places, {} ways, complete {}, {:?}",
        places.len(),
        ways.ways.len(),
        ways.complete,
        start.elapsed()
    );
    if std::env::var_os("SHOW").is_some() {
        for method in app.reached() {
            println!("{}", app.method_text(*method));
            for (at, stmt) in app
                .body(*method)
                .map_or(&[][..], |body| &body.stmts)
                .iter()
                .enumerate()
            {
                let targets = app.targets(*method, at as u32).iter();
                let targets: Vec<String> = targets.map(|target| app.method_text(*target)).collect();
                println!("  {at} {stmt:?} {targets:?}");
            }
        }
    }
    Ok(())
}
