/* Ends every line with a carriage return and a line feed. */
#include <stdio.h>

#define ADD(s, x) \
    ((s) += (x))

int total(const int *a, int n) {
    int s = 0;
    for (int i = 0; i < n; i++) ADD(s, a[i]);
    return s;
}
