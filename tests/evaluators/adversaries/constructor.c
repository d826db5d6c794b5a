/* Ends the process with status 0 while the object is being loaded. */
/* expect: tamper */
#define _GNU_SOURCE
#include <unistd.h>

__attribute__((constructor)) static void early(void) { _exit(0); }
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
