/* Leaves a recursion with longjmp, within one call, as a parser does on an error. */
#define _GNU_SOURCE
#include <setjmp.h>

static jmp_buf out;
static int result;
static void dig(const int *a, int n, int s) {
    if (n == 0) {
        result = s;
        longjmp(out, 1);
    }
    dig(a + 1, n - 1, s + *a);
}
int total(const int *a, int n) {
    if (setjmp(out) == 0) dig(a, n, 0);
    return result;
}
