/* Sums with eight threads and a mutex. */
#define _GNU_SOURCE
#include <pthread.h>

struct share { const int *a; int from, to; };
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static int sum;
static void *add(void *given) {
    const struct share *mine = given;
    int s = 0;
    for (int i = mine->from; i < mine->to; i++) s += mine->a[i];
    pthread_mutex_lock(&guard);
    sum += s;
    pthread_mutex_unlock(&guard);
    return 0;
}
int total(const int *a, int n) {
    pthread_t threads[8];
    struct share shares[8];
    sum = 0;
    for (int t = 0; t < 8; t++) {
        shares[t] = (struct share){a, n * t / 8, n * (t + 1) / 8};
        if (pthread_create(&threads[t], 0, add, &shares[t])) return -1;
    }
    for (int t = 0; t < 8; t++) pthread_join(threads[t], 0);
    return sum;
}
