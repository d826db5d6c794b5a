/* Moves the stack pointer by gigabytes with alloca and a variable-length array. */
/* expect: runtime_error|sanitizer|memory */
#define _GNU_SOURCE
#include <alloca.h>
#include <string.h>

static volatile unsigned long jump = 3ul << 30;
int total(const int *a, int n) {
    char *far = alloca(jump), near[jump];
    memset(far, n, 4096);
    near[0] = 1;
    return far[0] + near[0] + a[0];
}
