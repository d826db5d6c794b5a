/* Includes files of the host by their absolute and relative paths. */
/* expect: compile_error */
#include "/etc/passwd"
#include "../../etc/shadow"
int total(const int *a, int n) { return n ? a[0] : 0; }
