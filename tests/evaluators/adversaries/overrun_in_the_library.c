/* Lets the C library read behind its input through a pointer that no instrumented code follows. */
/* expect: sanitizer; plain */
#define _GNU_SOURCE
#include <string.h>

int total(const int *a, int n) {
    int s = 0, copy[64];
    memcpy(copy, a, sizeof *a * (size_t)(n + 1));
    for (int i = 0; i < n; i++) s += copy[i];
    return s;
}
