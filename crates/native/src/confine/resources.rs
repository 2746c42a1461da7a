//! Resource limits and process attributes.

use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};

use super::{Wanted, Worker};

/// Descriptors for the interpreter, its standard streams and the pipes to the parent.
const SPARE_DESCRIPTORS: u64 = 32;

/// Bytes of a core file: too few for one, and the number by which Linux does not start the program either that a system may have for
/// them, for which 0 means nothing (`core_pattern` with a pipe).
const NO_CORE: u64 = 1;

/// Lowers every limit that is higher than asked; never raises one.
pub fn limit(wanted: &Wanted) -> Result<(), String> {
    let memory = wanted.memory.saturating_add(data_in_use());
    let cpu = wanted.cpu.saturating_add(cpu_in_use());
    lower(Resource::Core, NO_CORE, NO_CORE, "core")?;
    // At the soft limit the kernel says that it was the time; at the hard one it kills without a word.
    lower(Resource::Cpu, cpu, cpu.saturating_add(1), "processor time")?;
    // Not the address space: mapping a large package must stay free of charge.
    lower(Resource::Data, memory, memory, "memory")?;
    match &wanted.worker {
        None => {
            let readable = u64::try_from(wanted.read.len()).unwrap_or(u64::MAX);
            let descriptors = SPARE_DESCRIPTORS.saturating_add(readable);
            lower(Resource::Fsize, 0, 0, "file size")?;
            lower(Resource::Nofile, descriptors, descriptors, "descriptors")
        }
        Some(worker) => limit_worker(worker),
    }
}

fn limit_worker(worker: &Worker) -> Result<(), String> {
    // Before the limit of processes, which does not count for the privileged, and for good: they could raise what is lowered here.
    #[cfg(target_os = "linux")]
    drop_capabilities()?;
    let descriptors = worker.descriptors.saturating_add(highest_descriptor());
    lower(Resource::Fsize, worker.file, worker.file, "file size")?;
    lower(Resource::Nofile, descriptors, descriptors, "descriptors")?;
    let processes = worker.processes.saturating_add(tasks_of_user());
    lower(Resource::Nproc, processes, processes, "processes")
}

fn lower(resource: Resource, soft: u64, hard: u64, what: &str) -> Result<(), String> {
    let now = getrlimit(resource);
    let maximum = now.maximum.map_or(hard, |maximum| maximum.min(hard));
    setrlimit(
        resource,
        Rlimit {
            current: Some(soft.min(maximum)),
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

/// The number of the highest descriptor that is open; 0 where the system does not tell.
fn highest_descriptor() -> u64 {
    std::fs::read_dir("/proc/self/fd").map_or(0, |listed| {
        listed
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .max()
            .unwrap_or(0)
    })
}

/// Processes and threads that the kernel counts for this user, wherever they run: the least limit under which a thread can start, found by
/// trying. 0 when the limit does not hold for the user.
fn tasks_of_user() -> u64 {
    let before = getrlimit(Resource::Nproc);
    let most = before.current.unwrap_or(u64::from(u32::MAX));
    let can_start = |limit: u64| {
        let tried = Rlimit {
            current: Some(limit),
            maximum: before.maximum,
        };
        setrlimit(Resource::Nproc, tried).is_ok()
            && std::thread::Builder::new()
                .spawn(|| ())
                .is_ok_and(|thread| thread.join().is_ok())
    };
    let (mut low, mut high) = (0, 1);
    while high < most && !can_start(high) {
        (low, high) = (high, high.saturating_mul(2));
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if can_start(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high.saturating_sub(1)
}

/// Whoever is root stays it, with nothing that root may do and others may not.
#[cfg(target_os = "linux")]
fn drop_capabilities() -> Result<(), String> {
    use rustix::thread::{set_capabilities, CapabilitySet, CapabilitySets};
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, none).map_err(|error| format!("privileges could not be given up: {error}"))
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
