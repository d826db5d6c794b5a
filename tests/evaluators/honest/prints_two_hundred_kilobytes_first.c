/* Prints 200 kB to stdout on the first call before it answers. */
#define _GNU_SOURCE
#include <stdio.h>

int total(const int *a, int n) {
    static int printed;
    for (; printed < 5000; printed++) printf("step %05d of a long computation with words\n", printed);
    fflush(stdout);
    int s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return s;
}
