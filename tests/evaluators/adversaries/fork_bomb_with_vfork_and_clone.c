/* Makes children with vfork, clone and clone3, past whoever counts only fork. */
/* expect: wrong_answer|runtime_error|timeout|memory */
#define _GNU_SOURCE
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static int attack(void) {
    int made = 0;
    for (int i = 0; i < 300; i++) {
        struct clone_args args = {.exit_signal = SIGCHLD};
        long child = i % 2 ? syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) : syscall(SYS_clone3, &args, sizeof args);
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
