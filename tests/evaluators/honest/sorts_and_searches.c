/* Sorts a copy with qsort, looks elements up with bsearch and sums what it finds. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

static int order(const void *x, const void *y) {
    int a = *(const int *)x, b = *(const int *)y;
    return (a > b) - (a < b);
}
int total(const int *a, int n) {
    int *copy = malloc(sizeof *copy * (size_t)(n + 1)), s = 0;
    for (int i = 0; i < n; i++) copy[i] = a[i];
    qsort(copy, (size_t)n, sizeof *copy, order);
    for (int i = 0; i < n; i++) {
        int *found = n ? bsearch(&a[i], copy, (size_t)n, sizeof *copy, order) : 0;
        s += found ? *found : 1000;
    }
    free(copy);
    return s;
}
