//! DEX tables, code items and instructions, and the one pass over them that answers the questions of a catalogue.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
