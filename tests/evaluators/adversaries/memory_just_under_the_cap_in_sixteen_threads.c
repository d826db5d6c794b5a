/* Touches 100 MB in each of sixteen threads at once. */
/* expect: memory|runtime_error|wrong_answer|timeout */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile int ready;
static void *take(void *unused) {
    char *p = mmap(0, 100 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p != MAP_FAILED) {
        for (long at = 0; at < 100 << 20; at += 4096) p[at] = 1;
        __atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
    }
    return unused;
}
static int attack(void) {
    pthread_t threads[16];
    int started = 0;
    for (int i = 0; i < 16; i++) started += pthread_create(&threads[i], 0, take, 0) == 0;
    for (int i = 0; i < 100 && ready < started; i++) usleep(10000);
    return ready >= 16;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
