/* Looks for open descriptors besides its noise, its input and its output. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int attack(void) {
    int extra = 0;
    for (int fd = 5; fd < 4096; fd++) extra += fcntl(fd, F_GETFD) >= 0;
    struct stat s;
    for (int fd = 0; fd < 5; fd++) extra += fstat(fd, &s) == 0 && (S_ISREG(s.st_mode) || S_ISDIR(s.st_mode));
    return extra;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
