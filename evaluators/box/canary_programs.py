"""C that tries what a box must forbid: each returns how often it succeeded, or never returns."""

READ = """
#include <fcntl.h>
#include <unistd.h>
int canary(const char *s) { return open(s, O_RDONLY) >= 0; }
"""
WRITE = """
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
int canary(const char *s) {
    char path[512];
    strcpy(path, s);
    strcat(path, "/canary");
    int made = open(path, O_WRONLY | O_CREAT, 0600) >= 0;
    return made + (mkdir(path, 0700) == 0) + (symlink("x", path) == 0);
}
"""
NETWORK = """
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
int canary(int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    int reached = s >= 0 && connect(s, (struct sockaddr *)&to, sizeof to) == 0;
    to.sin_addr.s_addr = htonl(0xC0000201);
    int u = socket(AF_INET, SOCK_DGRAM, 0);
    return reached + (u >= 0 && sendto(u, "x", 1, 0, (struct sockaddr *)&to, sizeof to) == 1);
}
"""
FORK = """
#include <unistd.h>
int canary(int n) {
    int made = 0;
    for (int i = 0; i < n; i++) {
        pid_t p = fork();
        if (p == 0) for (;;) pause();
        made += p > 0;
    }
    return made;
}
"""
PRIVILEGE = """
#define _GNU_SOURCE
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
int canary(int x) {
    struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};
    int got = (geteuid() == 0) + (setuid(0) == 0) + (setrlimit(RLIMIT_NPROC, &more) == 0);
    got += (mount("none", "/proc", "tmpfs", 0, 0) == 0) + (sethostname("x", 1) == 0);
    got += prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
    return got + x * (unshare(CLONE_NEWUSER) == 0);
}
"""
OTHERS = """
#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
int canary(int most) {
    int seen = 0, killed = 0;
    DIR *d = opendir("/proc");
    for (struct dirent *e; d && (e = readdir(d));) seen += isdigit((unsigned char)e->d_name[0]) != 0;
    killed = kill(1, 0) == 0 && seen > most;
    return (seen > most) + killed;
}
"""
MEMORY = """
#include <stdlib.h>
#include <string.h>
int canary(int mib) {
    int got = 0;
    for (; got < mib; got++) { char *p = malloc(1 << 20); if (!p) break; memset(p, 1, 1 << 20); }
    return got == mib;
}
"""
FLOOD = '#include <stdio.h>\nint canary(int x) { for (;;) puts("all work and no play"); return x; }\n'
SPIN = "int canary(int x) { for (volatile unsigned i = 0;; i++) x = (int)(i & 1); return x; }\n"
CONFINED = """
#include <fcntl.h>
#include <sys/prctl.h>
int canary(int x) { /* both at once: the filter, and Landlock over files that are there for everybody */
    int filtered = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2;
    int hidden = open("/proc/self/status", O_RDONLY) < 0 && open("/proc/1/stat", O_RDONLY) < 0;
    return x + !filtered + !hidden;
}
"""
SERVER = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
int canary(int x) {
    pid_t server = getppid();
    char path[64], byte = 0;
    struct iovec here = {&byte, 1}, there = {(void *)&canary, 1};
    struct rlimit limit;
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(0, &cpus);
    int got = x;
    snprintf(path, sizeof path, "/proc/%d/mem", server);
    got += open(path, O_RDWR) >= 0;
    got += open(path, O_RDONLY) >= 0;
    snprintf(path, sizeof path, "/proc/%d/maps", server);
    got += open(path, O_RDONLY) >= 0;
    snprintf(path, sizeof path, "/proc/%d/fd", server);
    got += open(path, O_RDONLY | O_DIRECTORY) >= 0;
    got += ptrace(PTRACE_ATTACH, server, 0, 0) == 0;
    got += ptrace(PTRACE_SEIZE, server, 0, 0) == 0;
    got += process_vm_readv(server, &here, 1, &there, 1, 0) == 1;
    got += process_vm_writev(server, &here, 1, &there, 1, 0) == 1;
    got += syscall(SYS_pidfd_open, server, 0) >= 0;
    got += prlimit(server, RLIMIT_NOFILE, 0, &limit) == 0;
    got += sched_setaffinity(server, sizeof cpus, &cpus) == 0;
    got += setpriority(PRIO_PROCESS, (id_t)server, 5) == 0;
    got += setpriority(PRIO_USER, 0, 5) == 0;
    return got;
}
"""
SIGNALS = """
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
int canary(int x) {
    pid_t server = getppid();
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_code = SI_QUEUE;
    int got = x + (kill(server, 0) == 0) + (kill(1, 0) == 0) + (kill(-1, 0) == 0) + (kill(0, 0) == 0);
    got += (kill(-server, 0) == 0) + (syscall(SYS_tgkill, server, server, 0) == 0);
    got += (syscall(SYS_tkill, server, 0) == 0) + (syscall(SYS_rt_sigqueueinfo, server, 0, &info) == 0);
    return got;
}
"""
DOORS = """
#define _GNU_SOURCE
#include <sched.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
int canary(int x) {
    static char room[256];
    static const long calls[] = {
        SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_memfd_create, SYS_add_key, SYS_keyctl, SYS_inotify_init1,
        SYS_open_by_handle_at, SYS_personality, SYS_ptrace, SYS_setns, SYS_seccomp, SYS_io_setup,
        425 /* io_uring_setup */,
    };
    int pair[2], got = x;
    char *none[] = {0};
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) got += syscall(calls[i], room, 1, room, -1, 0) >= 0;
    got += (socket(AF_UNIX, SOCK_STREAM, 0) >= 0) + (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
    got += (socket(AF_NETLINK, SOCK_RAW, 0) >= 0) + (socket(AF_INET, SOCK_STREAM, 0) >= 0);
    got += (shmget(IPC_PRIVATE, 4096, 0600) >= 0) + (semget(IPC_PRIVATE, 1, 0600) >= 0);
    got += msgget(IPC_PRIVATE, 0600) >= 0;
    got += (unshare(CLONE_NEWUSER) == 0) + (unshare(CLONE_NEWNET) == 0) + (unshare(CLONE_FILES) == 0);
    got += mount("none", "/", "tmpfs", 0, 0) == 0;
    execve("/proc/self/exe", none, none);
    return got;
}
"""
THREADS = """
#include <pthread.h>
#include <unistd.h>
static void *sleeps(void *p) { pause(); return p; }
int canary(int most) {
    pthread_t thread;
    int made = 0;
    while (made <= most && pthread_create(&thread, 0, sleeps, 0) == 0) made++;
    return made > most;
}
"""
LEAVE = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
int canary(int x) {
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\\0canary"};
    struct rlimit few = {3, 3};
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    if (s >= 0 && bind(s, (struct sockaddr *)&name, sizeof name) == 0) listen(s, 1);
    shmget(0x10ad, 4096, IPC_CREAT | 0600);
    close(open("/tmp/left", O_CREAT | O_WRONLY, 0600));
    close(open("/dev/shm/left", O_CREAT | O_WRONLY, 0600));
    close(open("left", O_CREAT | O_WRONLY, 0600));
    setenv("LEFT", "1", 1);
    signal(SIGUSR1, SIG_IGN);
    umask(0123);
    setrlimit(RLIMIT_NOFILE, &few);
    if (fork() == 0) for (;;) pause();
    return x;
}
"""
FIND = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
int canary(int x) {
    struct rlimit files;
    int got = x + (getenv("LEFT") != 0) + (signal(SIGUSR1, SIG_DFL) != SIG_DFL) + (umask(022) == 0123);
    got += (shmget(0x10ad, 0, 0) >= 0) + (access("/tmp/left", F_OK) == 0) + (access("left", F_OK) == 0);
    got += (access("/dev/shm/left", F_OK) == 0) + (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur == 3);
    return got;
}
"""
