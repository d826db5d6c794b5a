/* Closes every descriptor and answers rightly into nothing. */
/* expect: runtime_error|wrong_answer|tamper|timeout */
#define _GNU_SOURCE
#include <unistd.h>

int total(const int *a, int n) {
    for (int fd = 0; fd < 1024; fd++) close(fd);
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
