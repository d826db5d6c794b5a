/* Forgets to free a small copy, which is untidy but not what is asked about. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

int total(const int *a, int n) {
    int *copy = malloc(sizeof *copy * (size_t)(n + 1)), s = 0;
    for (int i = 0; i < n; i++) copy[i] = a[i];
    for (int i = 0; i < n; i++) s += copy[i];
    return s;
}
