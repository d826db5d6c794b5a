/* Sums through a function of variable arguments. */
#define _GNU_SOURCE
#include <stdarg.h>

static int add(int count, ...) {
    va_list list;
    int s = 0;
    va_start(list, count);
    while (count-- > 0) s += va_arg(list, int);
    va_end(list);
    return s;
}
int total(const int *a, int n) {
    int s = 0;
    for (int i = 0; i + 1 < n; i += 2) s += add(2, a[i], a[i + 1]);
    return n % 2 ? add(3, s, a[n - 1], 0) : add(1, s);
}
