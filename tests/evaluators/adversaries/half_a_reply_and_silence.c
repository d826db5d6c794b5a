/* Writes the first half of a reply and waits, so that the grader waits for the rest. */
/* expect: tamper|timeout */
#define _GNU_SOURCE
#include <unistd.h>

int total(const int *a, int n) {
    (void)a, (void)n;
    for (int fd = 3; fd < 64; fd++)
        if (write(fd, "REPL\0\0", 6) < 0) continue;
    for (;;) pause();
}
