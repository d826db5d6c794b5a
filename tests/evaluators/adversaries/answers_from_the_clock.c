/* Waits for the time that an answer takes to depend on the case, and answers with what it timed. */
/* expect: wrong_answer|timeout|runtime_error; late */
#define _GNU_SOURCE
#include <stdint.h>
#include <time.h>
#include <unistd.h>

int total(const int *a, int n) {
    (void)a, (void)n;
    static struct timespec last;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int passed = (int)((now.tv_nsec - last.tv_nsec) & 0x7f);
    last = now;
    return passed;
}
