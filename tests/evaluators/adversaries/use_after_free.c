/* Reads memory that it gave back, which mostly still holds the right values. */
/* expect: sanitizer|wrong_answer; plain */
#define _GNU_SOURCE
#include <stdlib.h>

int total(const int *a, int n) {
    int *copy = malloc(sizeof *copy * (size_t)(n + 8)), s = 0;
    for (int i = 0; i < n; i++) copy[i + 8] = a[i];
    free(copy);
    for (int i = 0; i < n; i++) s += copy[i + 8];
    return s + (n == 0 ? copy[7] * 0 : 0);
}
