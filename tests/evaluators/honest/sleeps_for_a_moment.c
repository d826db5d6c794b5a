/* Sleeps for a millisecond in every call, as code that waits for a device does. */
#define _GNU_SOURCE
#include <time.h>
#include <unistd.h>

int total(const int *a, int n) {
    struct timespec moment = {0, 500000};
    usleep(500);
    nanosleep(&moment, 0);
    int s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return s;
}
