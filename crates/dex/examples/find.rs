//! Asks DEX files the questions of a query: `cargo run --example find -- query.json classes.dex classes2.dex …`.

use std::error::Error;

use dex::{DexSource, Limits, Query};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let query: Query = serde_json::from_slice(&std::fs::read(args.next().ok_or("which query?")?)?)?;
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
    let finds = dex::find(&sources, &query, &Limits::default());
    serde_json::to_writer(std::io::stdout().lock(), &finds)?;
    Ok(())
}
