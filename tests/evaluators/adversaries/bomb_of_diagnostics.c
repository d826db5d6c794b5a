/* Makes the compiler repeat a very long line in its complaints. */
/* expect: compile_error */
#define T(x) x x x x x x x x
#define U(x) T(T(T(T(x))))
int total(const int *a, int n) { return U(undeclared + ) U(missing - ) n + a[0]; }
