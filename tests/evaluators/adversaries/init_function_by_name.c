/* Defines _init, that the linker enters as the object's start function. */
/* expect: tamper */
#define _GNU_SOURCE
#include <unistd.h>

void _init(void) { _exit(0); }
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
