/* Stops its own process, so that it neither ends nor uses CPU time. */
/* expect: timeout|runtime_error|wrong_answer */
#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

static int attack(void) {
    kill(getpid(), SIGSTOP);
    raise(SIGSTOP);
    raise(SIGTSTP);
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
