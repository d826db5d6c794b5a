/* Reserves memory in large pieces without touching it, until the address space ends. */
/* expect: memory */
#include <stdlib.h>

static int attack(void) {
    for (;;) calloc(1, 1 << 24);
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
