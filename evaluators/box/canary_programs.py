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
int canary(int x) {
    int filtered = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2;
    int hidden = open("/proc/self/status", O_RDONLY) < 0 && open("/proc/1/stat", O_RDONLY) < 0;
    return x + !filtered + !hidden;
}
"""
