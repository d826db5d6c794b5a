/* Adds to one atomic from four threads, each with thread-local counters. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

static _Atomic int sum;
static _Thread_local int mine;
static const int *values;
static int count;
static void *add(void *number) {
    for (int i = (int)(long)number; i < count; i += 4) mine += values[i];
    atomic_fetch_add(&sum, mine);
    return 0;
}
int total(const int *a, int n) {
    pthread_t threads[4];
    values = a;
    count = n;
    atomic_store(&sum, 0);
    for (long t = 0; t < 4; t++)
        if (pthread_create(&threads[t], 0, add, (void *)t)) return -1;
    for (int t = 0; t < 4; t++) pthread_join(threads[t], 0);
    return atomic_load(&sum);
}
