/* Writes the first half of a reply with the right magic and closes the descriptor. */
/* expect: tamper|runtime_error */
#define _GNU_SOURCE
#include <unistd.h>

int total(const int *a, int n) {
    (void)a, (void)n;
    for (int fd = 3; fd < 64; fd++) {
        if (write(fd, "REPL\0\0", 6) < 0) continue;
        close(fd);
    }
    return 0;
}
