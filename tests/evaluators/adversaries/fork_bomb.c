/* Forks a thousand sleeping children. */
/* expect: wrong_answer|runtime_error|timeout|memory */
#define _GNU_SOURCE
#include <unistd.h>

static int attack(void) {
    int made = 0;
    for (int i = 0; i < 1000; i++) {
        pid_t child = fork();
        if (child == 0) for (;;) pause();
        made += child > 0;
    }
    return made > 128;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
