//! DEX tables, code items and instructions, and the one pass over them that answers the questions of a catalogue.
//!
//! Every byte is hostile: tables are laid over the file once and cut to what fits, rows are read when asked for, and
//! whatever is wrong inside one method costs that method only. What walks the file has a budget in proportion to its
//! size, so that parts which share bytes do not cost the square of it.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod bytes;
mod class;
mod code;
mod fault;
mod find;
mod header;
mod insn;
mod listing;
mod mutf8;
mod opcode;
mod package;
mod query;
mod scan;
mod shapes;
mod tables;
mod track;
mod wanted;

pub use class::{Constant, MethodDef, StaticField, ACC_INTERFACE, ACC_PRIVATE, ACC_STATIC};
pub use code::{Code, Try};
pub use fault::{Fault, Faults};
pub use find::find;
pub use header::{headers, Header, HeaderFault};
pub use insn::{Arguments, CodeFault, Insn};
pub use mutf8::{decode as decode_mutf8, encode as encode_mutf8};
pub use opcode::{Format, Opcode, Refers, OPCODES};
pub use package::{packages, ClassRef, DexSource, JavaPackage, Package, Packages, Part};
pub use query::{
    CallQuery, ClassQuery, DexCount, FieldQuery, Find, Finds, Kind, Limits, Match, Query, StringQuery, Value,
    Via,
};
pub use shapes::{ClassShape, PackageShape, ShapeQuery};
pub use tables::{ClassDef, Dex, Member, TypeList, NO_INDEX};
pub use track::{CallValues, Tracker, Values};
