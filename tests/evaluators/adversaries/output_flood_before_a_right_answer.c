/* Writes sixteen megabytes to stderr and then answers rightly. */
/* expect: output_limit; late */
#define _GNU_SOURCE
#include <unistd.h>

int total(const int *a, int n) {
    static char junk[1 << 16];
    for (int i = 0; i < 256; i++)
        if (write(2, junk, sizeof junk) < 0) break;
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
