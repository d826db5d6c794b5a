/* Starts a thousand threads. */
/* expect: wrong_answer|runtime_error|memory|timeout */
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static void *wait_for_ever(void *unused) { for (;;) pause(); return unused; }
static int attack(void) {
    int started = 0;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 1 << 16);
    for (int i = 0; i < 1000; i++) {
        pthread_t thread;
        started += pthread_create(&thread, &small, wait_for_ever, 0) == 0;
    }
    return started > 128;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
