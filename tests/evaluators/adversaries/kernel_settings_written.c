/* Writes kernel settings, the out-of-memory score and control group files. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int attack(void) {
    const char *paths[] = {"/proc/sys/vm/overcommit_memory",  "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/pid_max",
                           "/proc/sys/kernel/hostname",       "/proc/sysrq-trigger",           "/sys/fs/cgroup/cgroup.procs",
                           "/sys/fs/cgroup/memory.max",       "/proc/sys/user/max_user_namespaces", "/proc/1/oom_score_adj",
                           "/proc/sys/net/ipv4/ip_forward",   "/proc/self/uid_map",            "/proc/self/setgroups",
                           "/proc/sys/kernel/yama/ptrace_scope"};
    int written = 0;
    for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++) {
        int fd = open(paths[i], O_WRONLY);
        written += fd >= 0 && write(fd, "1", 1) == 1;
    }
    return written;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
