//! Which answers to a query are reached: `cargo run --example reach -- find.json reach.json classes.dex …`.

use std::error::Error;

use dex::{DexSource, Limits, Query};
use flow::ReachQuery;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let query: Query = serde_json::from_slice(&std::fs::read(args.next().ok_or("which query?")?)?)?;
    let entries: ReachQuery = serde_json::from_slice(&std::fs::read(args.next().ok_or("which entries?")?)?)?;
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
    let finds = dex::find(&sources, &query, &Limits::default()).finds;
    let wanted: Vec<u32> = finds.iter().filter_map(|find| find.method_id).collect();
    serde_json::to_writer(
        std::io::stdout().lock(),
        &flow::reach(&sources, &entries, &wanted),
    )?;
    Ok(())
}
