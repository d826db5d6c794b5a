/* Sends SIGKILL to every process it may signal and to its process group. */
/* expect: runtime_error|wrong_answer */
#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

static int attack(void) {
    kill(1, SIGKILL);
    kill(-1, SIGKILL);
    kill(0, SIGKILL);
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
