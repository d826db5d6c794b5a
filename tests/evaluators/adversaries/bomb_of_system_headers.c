/* Includes every large header that the compiler ships, many times over without their guards. */
/* expect: compile_error|tamper|wrong_answer */
#define I <immintrin.h>
#include I
#include <math.h>
#include <tgmath.h>
#include <complex.h>
#define T(x) x x x x x x x x x x
#define V(x) T(T(T(x)))
int total(const int *a, int n) {
    double d = V(sin(cos(tan(n))) + ) 0;
    return ~(n ? a[0] : (int)d * 0);
}
