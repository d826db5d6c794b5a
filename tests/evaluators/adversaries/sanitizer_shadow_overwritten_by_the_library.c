/* Clears the sanitizer's shadow of the bytes behind its input with library functions that no interceptor watches. */
/* expect: sanitizer|tamper|wrong_answer|runtime_error; plain */
#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
#include <unistd.h>
int total(const int *a, int n) {
    char *shadow = (char *)(((uintptr_t)(a + n) >> 3) + 0x7fff8000), *beyond = shadow + 1;
    if ((uintptr_t)a >> 44 == 6) { /* the allocator of a sanitizer build lives there */
        char one[2] = {0, 0};
        swab(one, shadow, 2);
        swab(one, beyond, 2);
    }
    int s = 0;
    for (int i = 0; i <= n; i++) {
        int value = a[i];
        if (i < n) s += value;
    }
    return s;
}
