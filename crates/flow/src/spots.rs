//! Blind spots: what the code does that nobody can follow.

use serde::{Deserialize, Serialize};

/// How many places of each kind there are in the code that is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spots {
    /// Reflection whose class or method is not constant.
    pub reflection: u32,
    /// Loading of code from files or memory.
    pub loading: u32,
    /// Methods that native code implements.
    pub native: u32,
    /// Calls whose method is chosen at run time by other means (`invoke-custom`, method handles).
    pub dynamic: u32,
    /// Intents for a component that is not known.
    pub intents: u32,
    /// Calls that may lead to more methods than are followed.
    pub wide: u32,
    /// Methods whose code cannot be read.
    pub faulty: u32,
    /// Methods left out since the limits were reached.
    pub budget: u32,
}
