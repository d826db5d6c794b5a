/* Fills memory files with data instead of a disk, beyond every cap. */
/* expect: wrong_answer|runtime_error|memory */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static int attack(void) {
    signal(SIGXFSZ, SIG_IGN);
    static char junk[1 << 20];
    long written = 0;
    for (int i = 0; i < 16; i++) {
        int fd = memfd_create("fill", 0);
        for (int k = 0; fd >= 0 && k < 64; k++) {
            ssize_t put = write(fd, junk, sizeof junk);
            if (put > 0) written += put;
            else break;
        }
    }
    return written > 512 << 20;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
