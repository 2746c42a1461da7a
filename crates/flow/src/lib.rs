//! Which code is reached from which entry point.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
