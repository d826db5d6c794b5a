/* Builds the assembler keyword by pasting, behind an include that only the compile itself finds. */
/* expect: tamper|compile_error */
#include "candidate.c.s"
#define PASTE(a, b) a##b
PASTE(as, m)("nop");
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
