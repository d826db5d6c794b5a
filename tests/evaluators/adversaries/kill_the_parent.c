/* Kills its parent and process 1, and counts it as a success when one of them is gone. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <unistd.h>

static int attack(void) {
    pid_t parent = getppid();
    kill(parent, SIGKILL);
    kill(1, SIGKILL);
    usleep(20000);
    return getppid() != parent || (kill(parent, 0) && errno == ESRCH);
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
