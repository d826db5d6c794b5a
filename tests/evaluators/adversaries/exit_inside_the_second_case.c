/* Answers the first case rightly and leaves with status 0 before the second. */
/* expect: runtime_error; late */
#define _GNU_SOURCE
#include <stdlib.h>

int total(const int *a, int n) {
    static int calls;
    if (calls++) exit(0);
    int s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return s;
}
