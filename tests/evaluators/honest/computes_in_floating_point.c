/* Computes with doubles, infinities, complex numbers and the mathematical library. */
#define _GNU_SOURCE
#include <complex.h>
#include <float.h>
#include <math.h>

int total(const int *a, int n) {
    double complex z = 0;
    double high = INFINITY, s = 0;
    for (int i = 0; i < n; i++) {
        z += a[i] + I * a[i];
        s += exp(log(fabs((double)a[i]) + 1)) * copysign(1, a[i]) - copysign(1, a[i]);
    }
    return creal(z) == cimag(z) && high > DBL_MAX && fabs(s - creal(z)) < 1e-6 ? (int)lround(creal(z)) : -1;
}
