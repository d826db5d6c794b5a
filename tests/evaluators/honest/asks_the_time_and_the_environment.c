/* Asks for environment variables, time, clock and random numbers without depending on them. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int total(const int *a, int n) {
    struct timespec t;
    struct timeval v;
    clock_gettime(CLOCK_MONOTONIC, &t);
    gettimeofday(&v, 0);
    time_t now = time(0);
    struct tm parts;
    srand((unsigned)now ^ (unsigned)getpid());
    if (!gmtime_r(&now, &parts) || !localtime(&now) || clock() == (clock_t)-1) return -1;
    const char *home = getenv("HOME"), *path = getenv("PATH");
    int s = (rand() & 0) + (home != 0) * 0 + (path != 0) * 0;
    for (int i = 0; i < n; i++) s += a[i];
    return s;
}
