/* Installs a handler, raises the signal for each element and restores what was there. */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>

static volatile sig_atomic_t seen;
static void count(int signal_number) { seen += signal_number == SIGUSR1; }
int total(const int *a, int n) {
    struct sigaction mine, before;
    memset(&mine, 0, sizeof mine);
    mine.sa_handler = count;
    sigemptyset(&mine.sa_mask);
    sigaction(SIGUSR1, &mine, &before);
    int s = 0;
    seen = 0;
    for (int i = 0; i < n; i++) {
        raise(SIGUSR1);
        s += a[i];
    }
    sigaction(SIGUSR1, &before, 0);
    return seen == n ? s : -1;
}
