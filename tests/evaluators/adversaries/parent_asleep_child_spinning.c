/* Sleeps while a child uses the CPU time, so that a watch over one process sees nothing. */
/* expect: timeout|wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <unistd.h>

static int attack(void) {
    pid_t child = fork();
    if (child == 0) for (volatile unsigned spin = 0;; spin++) continue;
    if (child > 0) for (;;) pause();
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
