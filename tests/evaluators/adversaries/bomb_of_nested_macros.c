/* Expands ten macros ten times each on seven levels. */
/* expect: compile_error */
#define A(x) x x x x x x x x x x
#define B(x) A(A(A(A(x))))
#define C(x) B(B(B(x)))
int z = C(1 +) 0;
int total(const int *a, int n) { return n ? a[0] : z; }
