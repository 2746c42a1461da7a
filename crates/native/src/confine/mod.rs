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
    /// Absolute paths of what may be opened for reading: files, and for a worker folders too.
    read: Vec<String>,
    /// Bytes of memory on top of what the process holds now.
    memory: u64,
    /// Seconds of processor time on top of what it used so far.
    cpu: u64,
    /// What a process keeps that works in a folder and starts readers.
    worker: Option<Worker>,
}

/// One step further out than a reader: it writes into its own folders and starts programs, which inherit all of this.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Worker {
    /// Absolute paths of folders below which it may write and remove what it wrote.
    write: Vec<String>,
    /// Absolute paths of the programs that it may start, their loader among them.
    execute: Vec<String>,
    /// Bytes of the largest file that it may write.
    file: u64,
    /// Descriptors open at once, on top of those that are open now.
    descriptors: u64,
    /// Processes and threads of the user beside those that run now. It has no effect on root.
    processes: u64,
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
    reached.landlock = reached.note("landlock", files::restrict(wanted));
    let scoped = reached
        .landlock
        .is_some_and(|version| version >= files::SCOPED_SIGNALS);
    let filtered = match wanted.worker {
        None => calls::restrict_reader(),
        Some(_) => calls::restrict_worker(scoped),
    };
    reached.seccomp = reached.note("seccomp", filtered).is_some();
    if wanted.worker.is_some() && !scoped {
        let reason =
            "signals beyond the own process group are refused, also those to programs that were started";
        reached.note::<()>("signals", Err(reason.to_owned()));
    }
    reached
}

#[cfg(all(
    target_os = "linux",
    not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))
))]
mod calls {
    pub fn restrict_reader() -> Result<(), String> {
        Err("the system calls of this processor are not known".to_owned())
    }

    pub fn restrict_worker(_: bool) -> Result<(), String> {
        restrict_reader()
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const READER: &str = r#"{"read": [], "memory": 1, "cpu": 1}"#;
    const WORKER: &str = r#"{"read": [], "memory": 1, "cpu": 1, "worker":
        {"write": ["/a"], "execute": [], "file": 1, "descriptors": 1, "processes": 1}}"#;

    fn understood(request: &str) -> Option<Wanted> {
        serde_json::from_str(request).ok()
    }

    #[test]
    fn a_request_without_a_worker_is_a_readers() {
        assert!(understood(READER).unwrap().worker.is_none());
        assert_eq!(understood(WORKER).unwrap().worker.unwrap().write, ["/a"]);
    }

    #[test]
    fn a_request_that_is_not_understood_whole_is_refused() {
        for (known, other) in [
            ("\"cpu\"", "\"time\""),
            ("\"file\"", "\"files\""),
            ("\"/a\"", "7"),
        ] {
            assert!(understood(&WORKER.replace(known, other)).is_none(), "{other}");
        }
    }

    #[test]
    fn a_level_counts_every_layer() {
        let judged = |rlimits, no_new_privs, landlock, seccomp| {
            let reached = Reached {
                rlimits,
                no_new_privs,
                landlock,
                seccomp,
                ..Reached::default()
            };
            reached.judged().level
        };
        assert_eq!(judged(true, true, Some(1), true), "full");
        assert_eq!(judged(true, true, None, true), "partial");
        assert_eq!(judged(false, false, None, false), "none");
    }
}
