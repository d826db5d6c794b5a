/* Puts a function pointer into .ctors, that the linker turns into .init_array. */
/* expect: tamper */
#define _GNU_SOURCE
#include <unistd.h>

static void early(void) { _exit(0); }
__attribute__((section(".ctors"), used)) static void (*pointer)(void) = early;
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
