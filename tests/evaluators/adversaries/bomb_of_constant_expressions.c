/* Makes the compiler fold an expression that doubles at every step. */
/* expect: compile_error */
#define D(x) ((x) + (x) * (x) - (x))
#define E(x) D(D(D(D(D(x)))))
int z = E(E(E(1)));
int total(const int *a, int n) { return n ? a[0] : z; }
