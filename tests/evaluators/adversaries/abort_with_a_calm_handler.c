/* Catches its own SIGABRT and ends with status 0. */
/* expect: runtime_error|sanitizer */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void calm(int signal_number) { (void)signal_number; _exit(0); }
int total(const int *a, int n) {
    (void)a, (void)n;
    signal(SIGABRT, calm);
    abort();
}
