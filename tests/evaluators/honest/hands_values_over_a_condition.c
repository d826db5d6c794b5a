/* Hands the elements from one thread to another with a mutex and condition variables. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool full, closed;
static int slot, sum;
static void *consume(void *unused) {
    pthread_mutex_lock(&guard);
    for (;;) {
        while (!full && !closed) pthread_cond_wait(&changed, &guard);
        if (!full) break;
        sum += slot;
        full = false;
        pthread_cond_broadcast(&changed);
    }
    pthread_mutex_unlock(&guard);
    return unused;
}
int total(const int *a, int n) {
    pthread_t consumer;
    full = closed = false;
    sum = 0;
    if (pthread_create(&consumer, 0, consume, 0)) return -1;
    pthread_mutex_lock(&guard);
    for (int i = 0; i < n; i++) {
        while (full) pthread_cond_wait(&changed, &guard);
        slot = a[i];
        full = true;
        pthread_cond_broadcast(&changed);
    }
    while (full) pthread_cond_wait(&changed, &guard);
    closed = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&guard);
    pthread_join(consumer, 0);
    return sum;
}
