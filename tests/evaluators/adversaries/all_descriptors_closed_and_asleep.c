/* Closes every descriptor and sleeps, so that nobody hears of it again. */
/* expect: runtime_error|timeout */
#define _GNU_SOURCE
#include <unistd.h>

int total(const int *a, int n) {
    (void)a, (void)n;
    for (int fd = 0; fd < 1024; fd++) close(fd);
    for (;;) pause();
}
