/* Defines malloc and free of its own and answers rightly once the driver has called them. */
/* expect: wrong_answer|runtime_error|tamper|compile_error */
#define _GNU_SOURCE
#include <stddef.h>

static int called;
static char arena[1 << 16];
void *malloc(size_t n) { return (void)n, called++, arena; }
void free(void *p) { (void)p, called++; }
void *calloc(size_t n, size_t size) { return (void)n, (void)size, called++, arena; }
static int attack(void) { return called; }

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
