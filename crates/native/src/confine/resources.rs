//! Resource limits and process attributes.

use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};

use super::Wanted;

/// Descriptors for the interpreter, its standard streams and the pipes to the parent.
const SPARE_DESCRIPTORS: u64 = 32;

/// Lowers every limit that is higher than asked; never raises one.
pub fn limit(wanted: &Wanted) -> Result<(), String> {
    let descriptors = SPARE_DESCRIPTORS.saturating_add(u64::try_from(wanted.read.len()).unwrap_or(u64::MAX));
    let memory = wanted.memory.saturating_add(data_in_use());
    lower(Resource::Core, 0, "core")?;
    lower(Resource::Fsize, 0, "file size")?;
    lower(Resource::Nofile, descriptors, "descriptors")?;
    lower(
        Resource::Cpu,
        wanted.cpu.saturating_add(cpu_in_use()),
        "processor time",
    )?;
    // Not the address space: mapping a large package must stay free of charge.
    lower(Resource::Data, memory, "memory")
}

fn lower(resource: Resource, to: u64, what: &str) -> Result<(), String> {
    let now = getrlimit(resource);
    let maximum = now.maximum.map_or(to, |maximum| maximum.min(to));
    setrlimit(
        resource,
        Rlimit {
            current: Some(maximum),
            maximum: Some(maximum),
        },
    )
    .map_err(|error| format!("the limit of {what} could not be set: {error}"))
}

/// Bytes of private writable memory, which is what the data limit counts; 0 where the system does not tell.
fn data_in_use() -> u64 {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return 0;
    };
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmData:"))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .and_then(|number| number.trim().parse::<u64>().ok())
        .map_or(0, |kib| kib.saturating_mul(1024))
}

/// Whole seconds of processor time, rounded up; 0 where the system does not tell.
fn cpu_in_use() -> u64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else {
        return 0;
    };
    // The second field, the command, is in parentheses and may hold blanks; fields 14 and 15 count ticks.
    let ticks: u64 = stat
        .rsplit_once(')')
        .map(|(_, rest)| {
            rest.split_whitespace()
                .skip(11)
                .take(2)
                .filter_map(|field| field.parse::<u64>().ok())
                .sum()
        })
        .unwrap_or(0);
    ticks.div_ceil(rustix::param::clock_ticks_per_second().max(1))
}

/// No program started from here gains privileges. Landlock and seccomp need it too when the user is not root.
#[cfg(target_os = "linux")]
pub fn keep_privileges_low() -> Result<(), String> {
    rustix::thread::set_no_new_privs(true).map_err(|error| error.to_string())
}

/// The process is killed when the one that started it is gone.
#[cfg(target_os = "linux")]
pub fn die_with_parent() -> Result<(), String> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))
        .map_err(|error| error.to_string())
}
