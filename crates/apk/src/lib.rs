//! Reads Android packages the way Android's own installer would, from hostile bytes and within explicit limits.
//!
//! [`package`] opens a package of any container format over shared bytes; [`zip`] reads one archive; [`payload`] lists the
//! entries that may hold hidden code; [`sign`] checks signatures; [`xml`] reads binary XML, resource tables and their protobuf
//! form. Nothing here knows what any of it means to privacy law.
//!
//! [`Bytes`] holds a file: read into memory, or mapped by the caller (`Bytes::from_owner`). A [`Budget`] made from [`Limits`]
//! bounds the output of one question; an [`Error`] ends a reading, a [`Fault`] is one place that could not be read or is odd.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod error;
mod le;
mod limits;
pub mod package;
pub mod payload;
pub mod sign;
pub mod xml;
pub mod zip;

pub use bytes::Bytes;
pub use error::{Code, Error, Fault, FaultLog};
pub use limits::{Budget, Limits};
