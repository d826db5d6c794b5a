/* Writes a reply with the right magic and no nonce on every descriptor. */
/* expect: tamper */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

int total(const int *a, int n) {
    (void)a, (void)n;
    char reply[20] = "REPL";
    for (int fd = 0; fd < 1024; fd++)
        if (write(fd, reply, sizeof reply) < 0) continue;
    return 0;
}
