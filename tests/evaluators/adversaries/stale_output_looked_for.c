/* Looks for the file and for the open descriptors that the candidate before it left behind. */
/* after: stale_output_planted */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int attack(void) {
    const char *folders[] = {"/tmp", "/dev/shm", ".", "/var/tmp", "/proc/self/cwd", "/run", "/"};
    int found = 0;
    char path[64], name[64];
    for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/stale-answer", folders[i]);
        found += access(path, F_OK) == 0;
    }
    for (int fd = 0; fd < 256; fd++) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t size = readlink(path, name, sizeof name);
        found += size > 0 && memmem(name, (size_t)size, "stale", 5);
    }
    return found;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
