/* Computes without end with every signal ignored. */
/* expect: timeout */
#define _GNU_SOURCE
#include <signal.h>

static int attack(void) {
    for (int s = 1; s < 64; s++) signal(s, SIG_IGN);
    for (volatile unsigned spin = 0;; spin++) continue;
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
