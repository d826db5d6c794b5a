/* Changes its umask, directory, name, limits, locale and signal mask for whoever is forked from the same server. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int attack(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, 0);
    signal(SIGCHLD, SIG_IGN);
    umask(0123);
    if (chdir("/usr")) return 0;
    prctl(PR_SET_NAME, "stale");
    setenv("STALE", "1", 1);
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
