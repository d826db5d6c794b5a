/* Forks in every process, in sessions of their own, for ever. */
/* expect: timeout|runtime_error|memory|wrong_answer|tamper */
#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

static int attack(void) {
    signal(SIGCHLD, SIG_IGN);
    for (int round = 0; round < 100000; round++)
        if (fork() == 0) setsid();
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
