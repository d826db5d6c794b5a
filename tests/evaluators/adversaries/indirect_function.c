/* Runs code in the resolver of an indirect function while the object is being loaded. */
/* expect: tamper */
#define _GNU_SOURCE
#include <unistd.h>

#define PASTE(a, b) a##b
static int real(void) { return 1; }
static void *choose(void) { _exit(0); return real; }
int chosen(void) __attribute__((PASTE(if, unc)("choose")));
int total(const int *a, int n) {
    int s = chosen() - 1;
    while (n-- > 0) s += a[n];
    return s;
}
