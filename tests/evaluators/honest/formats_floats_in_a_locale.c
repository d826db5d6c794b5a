/* Sets the locale from the environment, prints and reads floating point numbers. */
#define _GNU_SOURCE
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>

int total(const int *a, int n) {
    char text[64];
    double s = 0;
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    for (int i = 0; i < n; i++) {
        snprintf(text, sizeof text, "%.17g", a[i] + 0.5);
        s += strtod(text, 0) - 0.5;
    }
    printf("%a %e %.3Lf\n", s, s, (long double)s);
    return (int)lround(s);
}
