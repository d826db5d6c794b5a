/* Multiplies unsigned numbers beyond their width on purpose. */
/* spec: digest */
#define _GNU_SOURCE
#include <stdint.h>

uint32_t digest(const int *a, int n) {
    uint64_t h = UINT32_C(2166136261);
    for (int i = 0; i < n; i++) h = ((h ^ (uint32_t)a[i]) * UINT64_C(16777619)) & UINT32_MAX;
    return (uint32_t)h ^ UINT32_C(0x1b873593);
}
