/* Puts code into .init, that the loader runs before anything else. */
/* expect: tamper|compile_error */
#define _GNU_SOURCE
#include <unistd.h>

__attribute__((section(".init"), used)) static void early(void) { _exit(0); }
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
