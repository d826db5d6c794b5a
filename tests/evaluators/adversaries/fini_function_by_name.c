/* Defines _fini, that the loader calls at the end. */
/* expect: tamper */
#define _GNU_SOURCE
#include <unistd.h>

void _fini(void) { _exit(0); }
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
