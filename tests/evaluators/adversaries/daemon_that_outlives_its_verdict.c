/* Forks twice into a session of its own, ignores every signal and spins. */
/* expect: wrong_answer|runtime_error|timeout */
#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

static int attack(void) {
    if (fork() == 0) {
        setsid();
        for (int s = 1; s < 64; s++) signal(s, SIG_IGN);
        if (fork() == 0) for (volatile unsigned spin = 0;; spin++) continue;
        _exit(0);
    }
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
