/* Prints that all tests pass on stdout and stderr and leaves with _exit(0). */
/* expect: runtime_error */
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

int total(const int *a, int n) {
    (void)a, (void)n;
    fputs("OK\nPASS: 12/12 tests\n", stdout);
    fflush(stdout);
    fputs("all tests passed\n", stderr);
    _exit(0);
}
