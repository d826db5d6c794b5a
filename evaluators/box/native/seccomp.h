/* Which system calls remain to a process that nobody trusts: an allowlist, everything else answers EPERM.
 *
 * The filter knows its process: signals and limits only for itself. A foreign architecture (and x32) kills.
 * clone3 answers ENOSYS, so that the C library falls back to clone, whose flags a filter can read.
 */
#ifndef SECCOMP_H
#define SECCOMP_H
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "the system call filter is written for x86_64 and aarch64"
#endif

enum profile {
    SINGLE,   /* a candidate without threads */
    PROGRAM,  /* a candidate */
    LEAKS,    /* SINGLE, and the process by which LeakSanitizer stops it and looks at it */
    COMPILER, /* one of the compiler's programs, before it is started: no process but itself */
    BUILDER,  /* what starts the compiler's programs: COMPILER, and processes */
};

enum { FILTER_ROOM = 1024 };

static struct sock_filter filter_code[FILTER_ROOM];
static unsigned short filter_used;

static void emit(uint16_t code, uint32_t k, uint8_t yes, uint8_t no) {
    if (filter_used == FILTER_ROOM) _exit(93);
    filter_code[filter_used++] = (struct sock_filter){code, yes, no, k};
}

static void verdict(uint32_t action) { emit(BPF_RET | BPF_K, action, 0, 0); }

/* The low half is what the kernel reads of an int; both architectures are little-endian. */
static void load_argument(int number) {
    emit(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offsetof(struct seccomp_data, args) + 8 * (size_t)number), 0, 0);
}

static void allow(long call) {
    emit(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1);
    verdict(SECCOMP_RET_ALLOW);
}

/* Allow `call` if argument `number` is one of `count` values. */
static void allow_values(long call, int number, const uint32_t *values, int count) {
    emit(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, (uint8_t)(2 * count + 2));
    load_argument(number);
    for (int i = 0; i < count; i++) {
        emit(BPF_JMP | BPF_JEQ | BPF_K, values[i], 0, 1);
        verdict(SECCOMP_RET_ALLOW);
    }
    verdict(SECCOMP_RET_ERRNO | EPERM);
}

#define ALLOW_VALUES(call, number, ...)                                                   \
    do {                                                                                  \
        static const uint32_t values_[] = {__VA_ARGS__};                                  \
        allow_values(call, number, values_, (int)(sizeof values_ / sizeof *values_));     \
    } while (0)

static void allow_for_itself(long call, int number, uint32_t pid, int zero_too) {
    uint32_t values[] = {pid, 0};
    allow_values(call, number, values, zero_too ? 2 : 1);
}

/* clone that makes a thread of this process and nothing else. */
static void allow_threads(void) {
    const uint32_t needed = CLONE_THREAD | CLONE_VM | CLONE_SIGHAND | CLONE_FILES | CLONE_FS;
    const uint32_t harmless = CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | 0x400000u;
    emit(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 5);
    load_argument(0);
    emit(BPF_ALU | BPF_AND | BPF_K, ~harmless, 0, 0);
    emit(BPF_JMP | BPF_JEQ | BPF_K, needed, 0, 1);
    verdict(SECCOMP_RET_ALLOW);
    verdict(SECCOMP_RET_ERRNO | EPERM);
}

static void allow_all(const long *calls, size_t count) {
    for (size_t i = 0; i < count; i++) allow(calls[i]);
}

static const long MEMORY_AND_TIME[] = {
    SYS_brk, SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_mincore,
    SYS_futex, SYS_set_robust_list, SYS_set_tid_address, SYS_sched_yield, SYS_getcpu, SYS_sched_getaffinity, SYS_sched_getscheduler, SYS_sched_getparam, SYS_restart_syscall,
    SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_times,
    SYS_getitimer, SYS_setitimer, SYS_getrusage, SYS_getrlimit, SYS_sysinfo, SYS_uname, SYS_getrandom,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigpending, SYS_rt_sigtimedwait,
    SYS_rt_sigsuspend, SYS_sigaltstack, SYS_exit, SYS_exit_group,
    SYS_getpid, SYS_gettid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_arch_prctl
    SYS_arch_prctl,
#endif
#ifdef SYS_time
    SYS_time, SYS_alarm, SYS_pause,
#endif
};

static const long FILES[] = {
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_lseek, SYS_close,
    SYS_openat, SYS_newfstatat, SYS_fstat, SYS_readlinkat, SYS_faccessat, SYS_getdents64, SYS_getcwd,
    SYS_dup, SYS_dup3, SYS_pipe2, SYS_ppoll, SYS_pselect6, SYS_umask,
#ifdef SYS_statx
    SYS_statx,
#endif
#ifdef SYS_faccessat2
    SYS_faccessat2,
#endif
#ifdef SYS_close_range
    SYS_close_range,
#endif
#ifdef SYS_open
    SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_dup2, SYS_pipe, SYS_poll, SYS_select,
#endif
};

static const long TOOLS[] = {
    SYS_execve, SYS_unlinkat, SYS_renameat, SYS_mkdirat, SYS_ftruncate, SYS_fallocate, SYS_fchmod, SYS_fchmodat,
    SYS_setrlimit, SYS_fadvise64, SYS_fsync,
#ifdef SYS_unlink
    SYS_unlink, SYS_rename, SYS_mkdir, SYS_rmdir, SYS_chmod,
#endif
};

static void add_checked_calls(enum profile profile, uint32_t pid) {
    if (profile == BUILDER) {
        static const long more[] = {SYS_clone, SYS_wait4, SYS_prctl, SYS_seccomp, SYS_kill};
        allow_all(more, sizeof more / sizeof *more);
    }
    if (profile == LEAKS) {
        allow(SYS_ptrace);
        allow(SYS_wait4);
#ifdef SYS_getdents
        allow(SYS_getdents);
#endif
        ALLOW_VALUES(SYS_clone, 0, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_UNTRACED);
        ALLOW_VALUES(SYS_prctl, 0, PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_SET_PTRACER, PR_SET_PDEATHSIG, PR_SET_NAME);
    }
    ALLOW_VALUES(SYS_fcntl, 1, 0 /* F_DUPFD */, 1, 2, 3, 4 /* F_SETFL */, 1030 /* F_DUPFD_CLOEXEC */);
    ALLOW_VALUES(SYS_ioctl, 1, 0x5401 /* TCGETS: isatty */, 0x5413 /* TIOCGWINSZ */, 0x541b /* FIONREAD */);
    allow_for_itself(SYS_kill, 0, pid, 0);
    allow_for_itself(SYS_tgkill, 0, pid, 0);
    allow_for_itself(SYS_tkill, 0, pid, 0);
    allow_for_itself(SYS_rt_sigqueueinfo, 0, pid, 0);
    allow_for_itself(SYS_prlimit64, 0, pid, 1);
    allow_for_itself(SYS_getpriority, 1, pid, 1);
    ALLOW_VALUES(SYS_prctl, 0, PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_GET_NO_NEW_PRIVS, PR_GET_SECCOMP,
                 0x53564d41 /* PR_SET_VMA */);
    if (profile == PROGRAM) allow_threads();
}

/* Install the filter of `profile` for this process, for good. Returns 0, or -1 with errno. Needs no_new_privs. */
static int filter_system_calls(enum profile profile) {
    const uint32_t kill = SECCOMP_RET_KILL_PROCESS;
    filter_used = 0;
    emit(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
    emit(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
    verdict(kill);
    emit(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
#if defined(__x86_64__)
    emit(BPF_JMP | BPF_JGE | BPF_K, 0x40000000 /* x32 */, 0, 1);
    verdict(kill);
#endif
    allow_all(MEMORY_AND_TIME, sizeof MEMORY_AND_TIME / sizeof *MEMORY_AND_TIME);
    allow_all(FILES, sizeof FILES / sizeof *FILES);
    if (profile == COMPILER || profile == BUILDER) allow_all(TOOLS, sizeof TOOLS / sizeof *TOOLS);
    add_checked_calls(profile, (uint32_t)getpid());
#ifdef SYS_clone3
    emit(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1);
    verdict(SECCOMP_RET_ERRNO | ENOSYS);
#endif
    verdict(SECCOMP_RET_ERRNO | EPERM);
    struct sock_fprog program = {filter_used, filter_code};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}
#endif
