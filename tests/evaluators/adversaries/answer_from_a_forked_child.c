/* Forks, lets the child go on as the driver and ends the parent with status 0. */
/* expect: wrong_answer|runtime_error|tamper */
#define _GNU_SOURCE
#include <sys/wait.h>
#include <unistd.h>

static int attack(void) {
    static int forked;
    if (forked) return 1;
    pid_t child = fork();
    if (child < 0) return 0;
    forked = 1;
    if (child) _exit(0);
    return 1;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
