/* Includes itself twice on every level. */
/* expect: compile_error */
#include __FILE__
#include __FILE__
int total(const int *a, int n) { return n ? a[0] : 0; }
