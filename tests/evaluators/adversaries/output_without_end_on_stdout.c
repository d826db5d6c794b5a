/* Prints to stdout for ever. */
/* expect: output_limit */
#define _GNU_SOURCE
#include <stdio.h>

static int attack(void) {
    for (;;) puts("all work and no play makes jack a dull boy");
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
