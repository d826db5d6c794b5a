/* Allocates and touches 200 MB in the first call, sums in them, and gives them back. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

int total(const int *a, int n) {
    static int calls;
    size_t size = calls++ ? 4096 : 200u << 20;
    char *block = malloc(size);
    if (!block) return -1;
    for (size_t at = 0; at < size; at += 4096) block[at] = (char)at;
    int *sum = (int *)(void *)(block + size - 64);
    *sum = 0;
    for (int i = 0; i < n; i++) *sum += a[i];
    int s = *sum;
    free(block);
    return s;
}
