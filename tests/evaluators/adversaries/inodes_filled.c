/* Creates files and memory files until something runs out. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static int attack(void) {
    int made = 0;
    for (int i = 0; i < 5000; i++) {
        char path[64];
        snprintf(path, sizeof path, "/tmp/%d", i);
        int fd = open(path, O_CREAT | O_WRONLY, 0600);
        if (fd < 0) fd = memfd_create(path, 0);
        made += fd >= 0;
    }
    return made > 1000;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
