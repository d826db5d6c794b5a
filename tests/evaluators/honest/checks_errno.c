/* Uses errno and its messages: an overflowing strtol, a failing sqrt, a file that is not there. */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int total(const int *a, int n) {
    errno = 0;
    long big = strtol("99999999999999999999", 0, 10);
    if (errno != ERANGE || big <= 0) return -1;
    FILE *file = fopen("/no/such/file.txt", "r");
    if (file || errno != ENOENT || !strerror(errno)) return -1;
    file = fopen("config.txt", "r");
    if (file) fclose(file);
    int s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return isnan(sqrt(-1.0)) ? s : -1;
}
