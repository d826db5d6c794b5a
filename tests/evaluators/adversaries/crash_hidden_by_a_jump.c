/* Reads through a wild pointer, jumps out of the SIGSEGV handler and answers rightly all the same. */
/* expect: sanitizer|runtime_error; plain */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>

static sigjmp_buf before;
static void rescue(int signal_number) { siglongjmp(before, signal_number); }
int total(const int *a, int n) {
    struct sigaction action = {.sa_handler = rescue};
    sigaction(SIGSEGV, &action, 0);
    sigaction(SIGBUS, &action, 0);
    int volatile s = 0;
    if (!sigsetjmp(before, 1)) s = *(volatile int *)4096;
    s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return s;
}
