/* Allocates with aligned_alloc and posix_memalign and keeps aligned locals. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int total(const int *a, int n) {
    _Alignas(64) int local[64] = {0};
    void *block = 0;
    int *other = aligned_alloc(64, 256);
    if (!other || posix_memalign(&block, 128, 256) || ((uintptr_t)block & 127) || ((uintptr_t)local & 63)) return -1;
    int s = 0;
    for (int i = 0; i < n && i < 64; i++) local[i] = a[i];
    memcpy(other, local, 256);
    memcpy(block, other, 256);
    for (int i = 0; i < n && i < 64; i++) s += ((int *)block)[i];
    free(block);
    free(other);
    return s;
}
