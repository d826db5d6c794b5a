/* Reserves gigabytes in memory files with fallocate and ftruncate. */
/* expect: wrong_answer|runtime_error|memory */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static int attack(void) {
    signal(SIGXFSZ, SIG_IGN);
    int got = 0;
    for (int i = 0; i < 8; i++) {
        int fd = memfd_create("fill", 0);
        got += fd >= 0 && fallocate(fd, 0, 0, 512l << 20) == 0;
    }
    return got;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
