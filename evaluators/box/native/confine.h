/* Confinement that trusted code of ours puts on itself before anything hostile runs: no new privileges, a Landlock
 * domain, a system call filter. What it allows is named place by place; it can never be taken back.
 *
 * Landlock also parts a process from those that started it: it cannot trace them, read their memory, signal them
 * (from ABI 6) or reach abstract sockets outside; it can bind and connect to no TCP port (from ABI 4).
 */
#ifndef CONFINE_H
#define CONFINE_H
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "seccomp.h"

/* Numbers of linux/landlock.h, which knows less than the kernel that runs. The calls have these on every architecture. */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446, RULESET_VERSION = 1, PATH_BENEATH = 1 };

enum rights {
    MAY_EXECUTE = 1 << 0,
    MAY_WRITE = 1 << 1,
    MAY_READ = 1 << 2,
    MAY_LIST = 1 << 3,
    MAY_REMOVE = 3 << 4, /* folders, files */
    MAY_MAKE = 1 << 7 | 1 << 8, /* folders, files */
    MAY_TRUNCATE = 1 << 14,
};

struct place {
    const char *path;
    uint64_t rights; /* of `enum rights`; only EXECUTE, WRITE, READ and TRUNCATE for what is no folder */
};

struct landlock_ruleset {
    uint64_t files, network, scoped;
};

struct landlock_beneath {
    uint64_t rights;
    int32_t folder;
} __attribute__((packed));

/* All file rights that a kernel of this ABI can refuse. */
static uint64_t known_rights(long abi) {
    return abi >= 5 ? 0xffff : abi >= 3 ? 0x7fff : abi >= 2 ? 0x3fff : 0x1fff;
}

/* 0, or what failed. A place that is not there is left out. */
static const char *enter_landlock(const struct place *places, int count) {
    long abi = syscall(CREATE_RULESET, NULL, 0, RULESET_VERSION);
    if (abi < 1) return "Landlock is not available";
    struct landlock_ruleset refused = {known_rights(abi), abi >= 4 ? 3 : 0, abi >= 6 ? 3 : 0};
    size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
    int ruleset = (int)syscall(CREATE_RULESET, &refused, size, 0);
    if (ruleset < 0) return "no Landlock ruleset can be made";
    for (int i = 0; i < count; i++) {
        struct landlock_beneath rule = {places[i].rights & known_rights(abi), open(places[i].path, O_PATH | O_CLOEXEC)};
        if (rule.folder < 0) continue;
        if (syscall(ADD_RULE, ruleset, PATH_BENEATH, &rule, 0)) return "a Landlock rule is refused";
        close(rule.folder);
    }
    if (syscall(RESTRICT_SELF, ruleset, 0)) return "Landlock does not confine";
    close(ruleset);
    return NULL;
}

/* 0, or what is missing on this kernel: then nothing hostile may run. */
static const char *confine(enum profile profile, const struct place *places, int count) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return "no_new_privs is refused";
    const char *problem = enter_landlock(places, count);
    if (problem) return problem;
    return filter_system_calls(profile) ? "seccomp filters are not available" : NULL;
}

static void cap(int what, rlim_t value) {
    struct rlimit r = {value, value};
    if (setrlimit(what, &r)) _exit(83);
}

/* A grader in the background ignores some signals, and what it starts would inherit that. */
static void forget_ignored_signals(void) {
    struct sigaction now;
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        if (!sigaction(number, NULL, &now) && now.sa_handler == SIG_IGN) signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Die with the process that started this one, and be out of reach of what runs under the same uid. */
static void guard_server(void) {
    forget_ignored_signals();
    pid_t parent = getppid();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) || prctl(PR_SET_CHILD_SUBREAPER, 1) || prctl(PR_SET_DUMPABLE, 0)) exit(64);
    if (getppid() != parent) exit(0);
}
#endif
