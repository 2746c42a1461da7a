//! Takes away from this process, for good, everything that reading a package does not need.
//!
//! Three layers, each useful alone: resource limits, Landlock (which files), seccomp (which system calls). A layer that the
//! kernel lacks is named in the answer instead of failing, so that a report can say how far the reader was confined.

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
mod calls;
#[cfg(target_os = "linux")]
mod files;
#[cfg(unix)]
mod resources;

use serde::{Deserialize, Serialize};

use crate::answer::json;
use crate::door::Failure;

/// What the process keeps.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Absolute paths of the files that may be opened for reading.
    read: Vec<String>,
    /// Bytes of memory on top of what the process holds now.
    memory: u64,
    /// Seconds of processor time on top of what it used so far.
    cpu: u64,
}

#[derive(Debug, Serialize)]
struct Missing {
    part: &'static str,
    reason: String,
}

#[derive(Debug, Default, Serialize)]
struct Reached {
    level: &'static str,
    rlimits: bool,
    no_new_privs: bool,
    parent_death: bool,
    landlock: Option<u32>,
    seccomp: bool,
    missing: Vec<Missing>,
}

impl Reached {
    fn note<T>(&mut self, part: &'static str, outcome: Result<T, String>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(reason) => {
                self.missing.push(Missing { part, reason });
                None
            }
        }
    }

    fn judged(mut self) -> Self {
        let layers = [
            self.rlimits,
            self.no_new_privs,
            self.landlock.is_some(),
            self.seccomp,
        ];
        self.level = if layers.iter().all(|&layer| layer) {
            "full"
        } else if layers.iter().any(|&layer| layer) {
            "partial"
        } else {
            "none"
        };
        self
    }
}

/// Confines the calling process as the JSON `level` asks and says, as JSON, how far that went.
pub fn confine(level: &[u8]) -> Result<Vec<u8>, Failure> {
    let wanted: Wanted = serde_json::from_slice(level).map_err(|error| Failure::bad_query(&error))?;
    let reached = apply(&wanted).judged();
    json(&reached)
}

#[cfg(target_os = "linux")]
fn apply(wanted: &Wanted) -> Reached {
    let mut reached = Reached::default();
    reached.rlimits = reached.note("rlimits", resources::limit(wanted)).is_some();
    reached.no_new_privs = reached
        .note("no_new_privs", resources::keep_privileges_low())
        .is_some();
    reached.parent_death = reached
        .note("parent_death", resources::die_with_parent())
        .is_some();
    // Landlock first: seccomp forbids the system calls that would install it.
    reached.landlock = reached.note("landlock", files::restrict(&wanted.read));
    reached.seccomp = reached.note("seccomp", calls::restrict()).is_some();
    reached
}

#[cfg(all(
    target_os = "linux",
    not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))
))]
mod calls {
    pub fn restrict() -> Result<(), String> {
        Err("the system calls of this processor are not known".to_owned())
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
fn apply(wanted: &Wanted) -> Reached {
    let mut reached = Reached::default();
    reached.rlimits = reached.note("rlimits", resources::limit(wanted)).is_some();
    for part in ["no_new_privs", "parent_death", "landlock", "seccomp"] {
        reached.missing.push(Missing {
            part,
            reason: "only Linux has it".to_owned(),
        });
    }
    reached
}

#[cfg(not(unix))]
fn apply(_: &Wanted) -> Reached {
    let mut reached = Reached::default();
    for part in ["rlimits", "no_new_privs", "parent_death", "landlock", "seccomp"] {
        reached.missing.push(Missing {
            part,
            reason: "this system has none of the layers".to_owned(),
        });
    }
    reached
}
