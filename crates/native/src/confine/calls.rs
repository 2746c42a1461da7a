//! seccomp: the few system calls that reading mapped files, computing and writing to an open pipe take; for a worker also those by which
//! it keeps files and starts programs. All others fail with `EPERM`, so that a library that merely asks goes on.

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

/// What a worker calls beside that. Not among them: sockets, links, modes, owners and times of files (Landlock leaves those of every file to
/// be changed), another working folder, another session or process group, anything about another process.
const HARMLESS_TO_WORK: &[c_long] = &[
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fstatfs,
    libc::SYS_statfs,
    libc::SYS_getdents64,
    libc::SYS_mkdirat,
    libc::SYS_unlinkat,
    libc::SYS_renameat2,
    libc::SYS_ftruncate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_fadvise64,
    libc::SYS_flock,
    libc::SYS_pwrite64,
    libc::SYS_sendfile,
    libc::SYS_copy_file_range,
    libc::SYS_dup3,
    libc::SYS_pipe2,
    libc::SYS_close_range,
    libc::SYS_umask,
    libc::SYS_mprotect,
    libc::SYS_msync,
    libc::SYS_mincore,
    libc::SYS_membarrier,
    libc::SYS_execve,
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_set_tid_address,
    libc::SYS_getppid,
    libc::SYS_getpgid,
    libc::SYS_getsid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getresuid,
    libc::SYS_getresgid,
    libc::SYS_getgroups,
    libc::SYS_getpriority,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_getcpu,
    libc::SYS_times,
    libc::SYS_clock_getres,
    libc::SYS_pselect6,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigsuspend,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_setitimer,
    libc::SYS_getitimer,
    // With these a program that is started confines itself further.
    libc::SYS_landlock_create_ruleset,
    libc::SYS_landlock_add_rule,
    libc::SYS_landlock_restrict_self,
];

#[cfg(target_arch = "x86_64")]
const HARMLESS_TO_WORK_HERE: &[c_long] = &[
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_dup2,
    libc::SYS_pipe,
    libc::SYS_select,
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_getpgrp,
    libc::SYS_getrlimit,
    libc::SYS_setrlimit,
    libc::SYS_time,
    libc::SYS_alarm,
    libc::SYS_pause,
];
#[cfg(not(target_arch = "x86_64"))]
const HARMLESS_TO_WORK_HERE: &[c_long] = &[];

/// Leaves every thread of this process what reading takes.
pub fn restrict_reader() -> Result<(), String> {
    install(&[HARMLESS, HARMLESS_HERE], reading()?)
}

/// Leaves every thread of this process what working takes. `scoped`: Landlock keeps signals inside, so that they need no filter.
pub fn restrict_worker(scoped: bool) -> Result<(), String> {
    let lists = [HARMLESS, HARMLESS_HERE, HARMLESS_TO_WORK, HARMLESS_TO_WORK_HERE];
    install(&lists, working(scoped)?)
}

fn install(lists: &[&[c_long]], conditions: Rules) -> Result<(), String> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| error.to_string())?;
    let mut allowed: Rules = lists.concat().into_iter().map(|call| (call, vec![])).collect();
    allowed.extend(conditions);
    for filter in [refuse_clone3(arch), allow(allowed, arch)] {
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

fn allow(rules: Rules, arch: TargetArch) -> Result<SeccompFilter, seccompiler::Error> {
    let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    Ok(SeccompFilter::new(rules, refuse, SeccompAction::Allow, arch)?)
}

fn reading() -> Result<Rules, String> {
    let writing = bits(libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND);
    let executable = bits(libc::PROT_EXEC);
    let thread = bits(libc::CLONE_VM | libc::CLONE_SIGHAND | libc::CLONE_THREAD);
    let own = u64::from(std::process::id());
    let rules = || -> Result<Rules, seccompiler::Error> {
        Ok(Rules::from([
            (libc::SYS_openat, vec![all(vec![masked(2, writing, 0)?])?]),
            (libc::SYS_mmap, vec![all(vec![masked(2, executable, 0)?])?]),
            (libc::SYS_mprotect, vec![all(vec![masked(2, executable, 0)?])?]),
            (libc::SYS_clone, vec![all(vec![masked(0, thread, thread)?])?]),
            (libc::SYS_tgkill, vec![all(vec![equal(0, own)?])?]),
            // Asking for a limit of this process, not setting one.
            (libc::SYS_prlimit64, vec![all(vec![equal(0, 0)?, equal(2, 0)?])?]),
            // Not `F_SETOWN`: it makes the kernel send signals to another process.
            (
                libc::SYS_fcntl,
                one_of(
                    1,
                    &[libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_DUPFD_CLOEXEC],
                )?,
            ),
            // Names for threads and for memory of the allocator.
            (
                libc::SYS_prctl,
                one_of(0, &[libc::PR_SET_NAME, libc::PR_SET_VMA])?,
            ),
        ]))
    };
    rules().map_err(|error| error.to_string())
}

fn working(scoped: bool) -> Result<Rules, String> {
    let rules = || -> Result<Rules, seccompiler::Error> {
        let mut rules = Rules::from([
            // Memory that no limit of a process counts.
            (libc::SYS_mmap, private_or_of_a_file()?),
            (libc::SYS_openat, cutting_off_only_to_write(2)?),
            // No namespace of its own, and no child that another process would have to wait for.
            (libc::SYS_clone, vec![all(vec![masked(0, apart(), 0)?])?]),
            (libc::SYS_prlimit64, vec![all(vec![equal(0, 0)?])?]),
            (
                libc::SYS_fcntl,
                one_of(
                    1,
                    &[
                        libc::F_GETFD,
                        libc::F_SETFD,
                        libc::F_GETFL,
                        libc::F_SETFL,
                        libc::F_DUPFD,
                        libc::F_DUPFD_CLOEXEC,
                        libc::F_GETLK,
                        libc::F_SETLK,
                        libc::F_SETLKW,
                    ],
                )?,
            ),
            (
                libc::SYS_ioctl,
                one_of(
                    1,
                    &[
                        libc::TCGETS,
                        libc::FIOCLEX,
                        libc::FIONCLEX,
                        libc::FIONBIO,
                        libc::FIONREAD,
                    ]
                    .map(|request| request as libc::c_int),
                )?,
            ),
            (libc::SYS_prctl, naming_or_confining()?),
            (libc::SYS_seccomp, vec![all(vec![equal(0, bits(SET_FILTER))?])?]),
        ]);
        #[cfg(target_arch = "x86_64")]
        rules.insert(libc::SYS_open, cutting_off_only_to_write(1)?);
        if scoped {
            rules.extend([(libc::SYS_kill, vec![]), (libc::SYS_tgkill, vec![])]);
        } else {
            let own = libc::c_int::try_from(std::process::id()).unwrap_or(libc::c_int::MAX);
            rules.insert(libc::SYS_kill, one_of(0, &[0, own, -own])?);
            rules.insert(libc::SYS_tgkill, one_of(0, &[own])?);
        }
        Ok(rules)
    };
    rules().map_err(|error| error.to_string())
}

/// Not the taking back of the death with the parent.
fn naming_or_confining() -> Result<Vec<SeccompRule>, seccompiler::Error> {
    let options = [libc::PR_SET_NAME, libc::PR_SET_VMA, libc::PR_SET_NO_NEW_PRIVS];
    let mut rules = one_of(0, &options)?;
    rules.push(all(vec![
        equal(0, bits(libc::PR_SET_PDEATHSIG))?,
        equal(1, bits(libc::SIGKILL))?,
    ])?);
    Ok(rules)
}

/// `SECCOMP_SET_MODE_FILTER`, with or without flags.
const SET_FILTER: libc::c_int = 1;

fn apart() -> u64 {
    bits(
        libc::CLONE_NEWNS
            | libc::CLONE_NEWCGROUP
            | libc::CLONE_NEWUTS
            | libc::CLONE_NEWIPC
            | libc::CLONE_NEWUSER
            | libc::CLONE_NEWPID
            | libc::CLONE_NEWNET
            | libc::CLONE_PTRACE
            | libc::CLONE_PARENT,
    )
}

/// Before its third version, Landlock lets a file be cut off that is opened for reading alone. `flags` is the argument that has them.
fn cutting_off_only_to_write(flags: u8) -> Result<Vec<SeccompRule>, seccompiler::Error> {
    let how = |mask: libc::c_int, value: libc::c_int| {
        Ok::<_, seccompiler::Error>(SeccompCondition::new(
            flags,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::MaskedEq(bits(mask)),
            bits(value),
        )?)
    };
    Ok(vec![
        all(vec![how(libc::O_TRUNC, 0)?])?,
        all(vec![how(libc::O_ACCMODE, libc::O_WRONLY)?])?,
        all(vec![how(libc::O_ACCMODE, libc::O_RDWR)?])?,
    ])
}

fn private_or_of_a_file() -> Result<Vec<SeccompRule>, seccompiler::Error> {
    Ok(vec![
        all(vec![masked(3, bits(libc::MAP_SHARED), 0)?])?,
        all(vec![masked(3, bits(libc::MAP_ANONYMOUS), 0)?])?,
    ])
}

/// The call with one of `values` as that argument, whatever the others.
fn one_of(argument: u8, values: &[libc::c_int]) -> Result<Vec<SeccompRule>, seccompiler::Error> {
    values
        .iter()
        .map(|&value| {
            let value = u64::from(u32::from_ne_bytes(value.to_ne_bytes()));
            all(vec![equal(argument, value)?])
        })
        .collect()
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
