/* Ends the process with status 0 in the destructor of a thread key. */
/* expect: runtime_error */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_key_t key;
static void calm(void *unused) { (void)unused; _exit(0); }
int total(const int *a, int n) {
    (void)a, (void)n;
    pthread_key_create(&key, calm);
    pthread_setspecific(key, &key);
    pthread_exit(0);
}
