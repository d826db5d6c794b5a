/* Leaves a file with its answer in every place that could outlive it. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static int attack(void) {
    const char *folders[] = {"/tmp", "/dev/shm", ".", "/var/tmp", "/proc/self/cwd", "/run", "/"};
    signal(SIGXFSZ, SIG_IGN);
    for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/stale-answer", folders[i]);
        open(path, O_CREAT | O_RDWR, 0666);
    }
    for (int fd = 5; fd < 20; fd++) fcntl(memfd_create("stale-answer", 0), F_DUPFD, fd);
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
