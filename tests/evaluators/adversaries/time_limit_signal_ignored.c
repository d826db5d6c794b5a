/* Ignores the signal of the CPU limit and goes on. */
/* expect: timeout */
#define _GNU_SOURCE
#include <signal.h>

static int attack(void) {
    signal(SIGXCPU, SIG_IGN);
    signal(SIGALRM, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    for (volatile unsigned long spin = 0;; spin++) continue;
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
