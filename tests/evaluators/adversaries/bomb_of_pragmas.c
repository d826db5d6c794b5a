/* Repeats pragmas through the operator and recursion of macros. */
/* expect: compile_error|tamper */
#define P _Pragma("GCC diagnostic push") _Pragma("GCC optimize(\"O3\")")
#define Q P P P P P P P P P P
#define R Q Q Q Q Q Q Q Q Q Q
#define S R R R R R R R R R R
S S S S S S S S S S
int total(const int *a, int n) { return ~(n ? a[0] : 0); }
