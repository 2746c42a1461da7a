//! Binary XML, resource tables, manifests and elements: what an ordinary file says, and what each trick comes to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod arsc;
mod axml;
mod build;
mod elements;
mod hostile;
mod manifest;
mod pool;
mod proto;

use apk::Fault;

fn codes(rows: &[Fault]) -> Vec<&'static str> {
    rows.iter().map(|row| row.code).collect()
}
