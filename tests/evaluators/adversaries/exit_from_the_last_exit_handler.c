/* Registers exit handlers that turn every ending into _exit(0), then aborts its own run. */
/* expect: runtime_error|tamper */
#define _GNU_SOURCE
#include <stdlib.h>
#include <unistd.h>

static void calmer(int status, void *unused) { (void)status, (void)unused; _exit(0); }
int total(const int *a, int n) {
    (void)a, (void)n;
    on_exit(calmer, 0);
    exit(1);
}
