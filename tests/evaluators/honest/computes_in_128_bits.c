/* Computes in 64 and 128 bits and with wrapping unsigned arithmetic. */
#define _GNU_SOURCE
#include <stdint.h>
#include <limits.h>

int total(const int *a, int n) {
    __int128 wide = 0;
    unsigned wrapped = UINT_MAX;
    int64_t s = (int64_t)INT_MAX + 1;
    for (int i = 0; i < n; i++) {
        wide += (__int128)a[i] * ((__int128)1 << 70);
        wrapped += (unsigned)a[i];
        s += a[i];
    }
    int one = (int)(wide >> 70), two = (int)(wrapped + 1u), three = (int)(s - ((int64_t)INT_MAX + 1));
    return one == two && two == three ? one : -1;
}
