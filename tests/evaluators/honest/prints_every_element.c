/* Prints each element and the sum as it goes, without a flush. */
#define _GNU_SOURCE
#include <stdio.h>

int total(const int *a, int n) {
    int s = 0;
    for (int i = 0; i < n; i++) printf("a[%d] = %d, sum %d\n", i, a[i], s += a[i]);
    return s;
}
