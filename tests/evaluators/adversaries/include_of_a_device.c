/* Includes devices that give bytes without end. */
/* expect: compile_error */
#include "/dev/zero"
#include "/dev/urandom"
int total(const int *a, int n) { return n ? a[0] : 0; }
