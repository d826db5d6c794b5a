/* Fires timers and signals at itself as fast as the kernel lets it. */
/* expect: timeout|runtime_error */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

static void again(int signal_number) { (void)signal_number; raise(SIGUSR1); }
static int attack(void) {
    struct itimerval often = {{0, 1}, {0, 1}};
    signal(SIGALRM, again);
    signal(SIGUSR1, SIG_IGN);
    setitimer(ITIMER_REAL, &often, 0);
    for (;;) continue;
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
