/* Waits for a signal that never comes. */
/* expect: timeout */
#define _GNU_SOURCE
#include <unistd.h>

static int attack(void) {
    for (;;) pause();
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
