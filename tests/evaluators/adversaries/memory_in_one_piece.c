/* Asks for a terabyte and reads its first byte. */
/* expect: memory */
#define _GNU_SOURCE
#include <stdlib.h>

static int attack(void) { return *(volatile int *)malloc(1ul << 40) == 0; }

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
