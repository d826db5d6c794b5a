/* Writes for ever on whatever descriptor takes it. */
/* expect: output_limit|tamper|timeout */
#define _GNU_SOURCE
#include <unistd.h>

static int attack(void) {
    static char junk[1 << 16];
    for (;;)
        for (int fd = 0; fd < 64; fd++)
            if (write(fd, junk, sizeof junk) < 0) continue;
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
