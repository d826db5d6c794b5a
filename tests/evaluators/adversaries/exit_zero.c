/* Leaves with exit(0) in the first call, as if everything had passed. */
/* expect: runtime_error */
#define _GNU_SOURCE
#include <stdlib.h>

int total(const int *a, int n) {
    (void)a, (void)n;
    exit(0);
}
