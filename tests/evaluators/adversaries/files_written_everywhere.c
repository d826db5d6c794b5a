/* Tries to create a file in every directory it can think of. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int attack(void) {
    const char *folders[] = {"/",     "/tmp", "/dev",          "/dev/shm", "/proc",    "/usr",  "/usr/lib", "/lib",
                             "/lib64", "/var", "/proc/self",    "/run",     "/root",    "/home", "/etc",     ".",
                             "/oldroot", "/newroot", "/proc/self/cwd", "/proc/1/root", "/proc/1/cwd", "/proc/self/fd"};
    int made = 0;
    signal(SIGXFSZ, SIG_IGN);
    for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/loop-was-here", folders[i]);
        made += open(path, O_CREAT | O_WRONLY, 0666) >= 0;
        made += open(folders[i], O_TMPFILE | O_WRONLY, 0600) >= 0;
    }
    return made;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
