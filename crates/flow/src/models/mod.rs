//! What the platform's methods do to values, as data.

mod place;
mod table;

use serde::{Deserialize, Serialize};

pub(crate) use place::{Access, Named, Origin, Place};
pub(crate) use table::{above, Effects, Table};

/// What methods of some classes do to values.
///
/// A place is written as an origin with accesses behind it. Origins: `this`, `0` for the first argument without the receiver,
/// `args` for every argument, `result`, and names of what outlives objects: `prefs{this}` is the store `prefs` whose name is the
/// constant that `this` stands for, `{0}` that of an argument, `{this!}` the same but no store
/// where it is not known, `{*}` any, `{to}` each component an intent is for, `{here}` the
/// component that the code belongs to. Accesses: `[*]` all that is inside, `[0]` what is under the key or index that argument 0
/// gives, `[#2]` what is under index 2, `[keys]` the keys, `[.Lclass;->name]` what a field holds, and at the end `..` whatever is
/// inside, however deep, `...` also in fields of the package's own classes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Model {
    /// Descriptors; the row is also for classes below, unless those have rows of their own.
    pub classes: Vec<String>,
    /// Simple names of methods, `get*` for all that begin so and have no row of their whole name, `*` for all that have no other row
    /// in the class or above it. Rows for constructors are not for classes below.
    pub names: Vec<String>,
    /// How prototypes may begin; empty for any.
    pub protos: Vec<String>,
    /// `from -> to`, with `digest: `, `truncate: ` or `aggregate: ` before it where it is one.
    pub flows: Vec<String>,
    /// Places whose old value is gone afterwards.
    pub clears: Vec<String>,
    /// The argument that the result stands for when a constant is asked for: `this`, `0`.
    pub same: Option<String>,
    /// A callback into the package gets these places: `intent{here} -> 1`.
    pub enters: Vec<String>,
}

/// A model that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadModel {
    /// The words that were not understood.
    pub words: String,
}

impl std::fmt::Display for BadModel {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "no place or flow of a model: {}", self.words)
    }
}

impl std::error::Error for BadModel {}
