//! Reads Android packages the way Android's own installer would, from hostile bytes and within explicit limits.
//!
//! [`package`] opens a package of any container format; [`zip`] and [`sign`] read the archive and its signatures; [`xml`] reads
//! binary XML, resource tables and their protobuf form. Nothing here knows what any of it means to privacy law.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod error;
mod limits;
pub mod package;
pub mod sign;
pub mod xml;
pub mod zip;

pub use error::{Code, Error, Fault};
pub use limits::Limits;
