/* Answers rightly and writes four bytes more on every descriptor in every call. */
/* expect: tamper */
#define _GNU_SOURCE
#include <unistd.h>

int total(const int *a, int n) {
    for (int fd = 3; fd < 64; fd++)
        if (write(fd, "more", 4) < 0) continue;
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
