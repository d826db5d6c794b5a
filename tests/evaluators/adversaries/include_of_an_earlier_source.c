/* Includes the files that an earlier candidate may have left in the compiler's box. */
/* expect: compile_error */
#include "candidate.merged.o"
#include "candidate.s"
#include "/tmp/candidate.c.o"
int total(const int *a, int n) { return n ? a[0] : 0; }
