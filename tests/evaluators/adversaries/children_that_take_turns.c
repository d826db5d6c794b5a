/* Uses CPU time in a row of short-lived children, each far below the limit. */
/* expect: timeout|wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int attack(void) {
    int turns = 0;
    for (int i = 0; i < 400; i++) {
        pid_t child = fork();
        if (child == 0) {
            for (volatile unsigned spin = 0; spin < 20000000; spin++) continue;
            _exit(0);
        }
        if (child < 0) return 0;
        waitpid(child, 0, 0);
        turns++;
    }
    return turns == 400;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
