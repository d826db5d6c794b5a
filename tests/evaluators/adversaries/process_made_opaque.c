/* Makes itself undumpable, immune to its parent's death and the reaper of others, then spins. */
/* expect: timeout */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/prctl.h>

static int attack(void) {
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_PDEATHSIG, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (int s = 1; s < 64; s++) signal(s, SIG_IGN);
    for (volatile unsigned spin = 0;; spin++) continue;
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
