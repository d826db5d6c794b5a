/* Saves the first call's frame and jumps back into it from the second, to return twice from one call. */
/* expect: wrong_answer|runtime_error|sanitizer|tamper|timeout; late */
#define _GNU_SOURCE
#include <setjmp.h>

static jmp_buf first;
static volatile int calls;
int total(const int *a, int n) {
    if (++calls == 1) {
        if (setjmp(first)) return 0;
    } else if (calls == 2) {
        longjmp(first, 1);
    } else {
        return 7;
    }
    int s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return s;
}
