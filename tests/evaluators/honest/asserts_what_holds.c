/* Asserts its assumptions with assert, all of which hold. */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <limits.h>

int total(const int *a, int n) {
    assert(n >= 0 && "a length");
    int s = 0;
    for (int i = 0; i < n; i++) {
        assert(a != 0);
        assert(a[i] > INT_MIN / 64 && a[i] < INT_MAX / 64);
        s += a[i];
    }
    return s;
}
