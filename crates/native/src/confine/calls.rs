//! seccomp: the few system calls that reading mapped files, computing and writing to an open pipe take. All others fail with
//! `EPERM`, so that a library that merely asks goes on.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

const HARMLESS: &[c_long] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
    libc::SYS_dup,
    libc::SYS_ppoll,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getrusage,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    libc::SYS_restart_syscall,
    // Refused by the first filter, with the answer that makes the C library fall back to `clone`.
    libc::SYS_clone3,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

#[cfg(target_arch = "x86_64")]
const HARMLESS_HERE: &[c_long] = &[libc::SYS_poll, libc::SYS_readlink, libc::SYS_arch_prctl];
#[cfg(not(target_arch = "x86_64"))]
const HARMLESS_HERE: &[c_long] = &[];

/// Installs the filters on every thread of this process.
pub fn restrict() -> Result<(), String> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| error.to_string())?;
    let filters = [refuse_clone3(arch), allow_few(arch)];
    for filter in filters {
        let program =
            filter.and_then(|filter| BpfProgram::try_from(filter).map_err(seccompiler::Error::from));
        program
            .and_then(|program| seccompiler::apply_filter_all_threads(&program))
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// A filter cannot look into the structure that `clone3` takes, so it must look absent.
fn refuse_clone3(arch: TargetArch) -> Result<SeccompFilter, seccompiler::Error> {
    let rules = Rules::from([(libc::SYS_clone3, vec![])]);
    let absent = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    Ok(SeccompFilter::new(rules, SeccompAction::Allow, absent, arch)?)
}

fn allow_few(arch: TargetArch) -> Result<SeccompFilter, seccompiler::Error> {
    let mut rules: Rules = HARMLESS
        .iter()
        .chain(HARMLESS_HERE)
        .map(|&call| (call, vec![]))
        .collect();
    rules.extend(with_conditions()?);
    let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    Ok(SeccompFilter::new(rules, refuse, SeccompAction::Allow, arch)?)
}

fn with_conditions() -> Result<Rules, seccompiler::Error> {
    let writing = bits(libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND);
    let executable = bits(libc::PROT_EXEC);
    let thread = bits(libc::CLONE_VM | libc::CLONE_SIGHAND | libc::CLONE_THREAD);
    let own = u64::from(std::process::id());
    let mut rules = Rules::new();
    rules.insert(libc::SYS_openat, vec![all(vec![masked(2, writing, 0)?])?]);
    rules.insert(libc::SYS_mmap, vec![all(vec![masked(2, executable, 0)?])?]);
    rules.insert(libc::SYS_mprotect, vec![all(vec![masked(2, executable, 0)?])?]);
    rules.insert(libc::SYS_clone, vec![all(vec![masked(0, thread, thread)?])?]);
    rules.insert(libc::SYS_tgkill, vec![all(vec![equal(0, own)?])?]);
    // Asking for a limit of this process, not setting one.
    rules.insert(libc::SYS_prlimit64, vec![all(vec![equal(0, 0)?, equal(2, 0)?])?]);
    // Not `F_SETOWN`: it makes the kernel send signals to another process.
    let descriptor_flags = [libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_DUPFD_CLOEXEC];
    rules.insert(
        libc::SYS_fcntl,
        descriptor_flags
            .into_iter()
            .map(|flag| all(vec![equal(1, bits(flag))?]))
            .collect::<Result<_, _>>()?,
    );
    // Names for threads and for memory of the allocator.
    let names = [libc::PR_SET_NAME, libc::PR_SET_VMA];
    rules.insert(
        libc::SYS_prctl,
        names
            .into_iter()
            .map(|option| all(vec![equal(0, bits(option))?]))
            .collect::<Result<_, _>>()?,
    );
    Ok(rules)
}

fn bits(flags: libc::c_int) -> u64 {
    u64::from(flags.unsigned_abs())
}

fn all(conditions: Vec<SeccompCondition>) -> Result<SeccompRule, seccompiler::Error> {
    Ok(SeccompRule::new(conditions)?)
}

fn masked(argument: u8, mask: u64, value: u64) -> Result<SeccompCondition, seccompiler::Error> {
    Ok(SeccompCondition::new(
        argument,
        SeccompCmpArgLen::Qword,
        SeccompCmpOp::MaskedEq(mask),
        value,
    )?)
}

fn equal(argument: u8, value: u64) -> Result<SeccompCondition, seccompiler::Error> {
    // 32 bits: the kernel reads these arguments as `int`, whatever stands above.
    let length = if argument == 2 {
        SeccompCmpArgLen::Qword
    } else {
        SeccompCmpArgLen::Dword
    };
    Ok(SeccompCondition::new(argument, length, SeccompCmpOp::Eq, value)?)
}
