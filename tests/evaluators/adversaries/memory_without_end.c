/* Allocates and touches memory until nothing is left. */
/* expect: memory|timeout */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

static int attack(void) {
    for (;;) memset(malloc(1 << 20), 1, 1 << 20);
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
