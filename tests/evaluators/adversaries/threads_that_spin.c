/* Sleeps in the main thread while eight threads spin. */
/* expect: timeout|wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static void *spin(void *unused) { for (volatile unsigned i = 0;; i++) continue; return unused; }
static int attack(void) {
    int started = 0;
    for (int i = 0; i < 8; i++) {
        pthread_t thread;
        started += pthread_create(&thread, 0, spin, 0) == 0;
    }
    if (started) for (;;) pause();
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
