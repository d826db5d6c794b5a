/* Ends the process with status 0 in a destructor, whatever became of the run. */
/* expect: tamper */
#define _GNU_SOURCE
#include <unistd.h>

__attribute__((destructor)) static void late(void) { _exit(0); }
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
