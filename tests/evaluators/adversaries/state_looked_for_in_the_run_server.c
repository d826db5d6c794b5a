/* Looks for the umask, directory, name and signal mask that the candidate before it set. */
/* after: state_planted_in_the_run_server */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int attack(void) {
    char name[17] = "", path[64] = "";
    sigset_t now;
    prctl(PR_GET_NAME, name);
    sigprocmask(SIG_SETMASK, 0, &now);
    int found = umask(022) == 0123 || getenv("STALE") || !strcmp(name, "stale") || sigismember(&now, SIGUSR1) == 1;
    return found || (getcwd(path, sizeof path) && !strcmp(path, "/usr"));
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
