/* Ends the main thread with pthread_exit, which ends the process with status 0. */
/* expect: runtime_error|timeout */
#define _GNU_SOURCE
#include <pthread.h>

int total(const int *a, int n) {
    (void)a, (void)n;
    pthread_exit(0);
}
