/* Defines the driver's own functions and variables under their names, to be taken for them. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <stdint.h>
#include <stddef.h>

static int called;
void write_all(const void *from, size_t n) { (void)from, (void)n, called++; }
int read_all(void *into, size_t n) { return (void)into, (void)n, called++, 1; }
void flush(void) { called++; }
void stage(const void *from, size_t n) { (void)from, (void)n, called++; }
int in = 0, out = 1;
static int attack(void) { return called; }

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
