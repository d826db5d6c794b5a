/* Wakes up a thousand times a second and does nothing, so that it never looks asleep for long. */
/* expect: timeout */
#define _GNU_SOURCE
#include <unistd.h>

static int attack(void) {
    for (;;) usleep(1000);
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
