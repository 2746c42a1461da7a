//! Binary XML, resource tables and the manifest, from APKs and from the protobuf form of app bundles.
//!
//! [`Document::parse`] and [`Table::parse`] read one file each and borrow its bytes; both tell binary from protobuf by
//! themselves. [`Resources::new`] puts the tables of all parts of a package together. On these stand [`manifest::read`],
//! [`elements::Selection`] and [`contents::read`], whose results serialize as `docs/boundary.md` says.
//!
//! Where Android would refuse a file the answer is an error; what it reads although no ordinary tool writes it is an anomaly;
//! what was lost is a fault.

mod arsc;
mod attrs;
mod axml;
mod chunk;
mod config;
pub mod contents;
mod document;
pub mod elements;
pub mod manifest;
mod pool;
mod proto;
mod table;
mod text;
mod value;

pub use config::{Config, Prefer};
pub use document::{Attribute, Document, Element};
pub use pool::Pool;
pub use table::{Item, Resources, Table};
pub use text::Text;
pub use value::Value;
