/* Writes 200 kB of debugging output to stderr on the first call before it answers. */
#define _GNU_SOURCE
#include <stdio.h>

int total(const int *a, int n) {
    static int printed;
    for (; printed < 5000; printed++) fprintf(stderr, "debug %05d: value=%d, still at work\n", printed, n);
    int s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return s;
}
