/* Puts a pipe of its own in the place of the driver's descriptors and answers through the saved ones. */
/* expect: tamper|timeout|runtime_error|wrong_answer */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int total(const int *a, int n) {
    (void)a, (void)n;
    int ends[2], saved = fcntl(4, F_DUPFD, 5);
    if (pipe(ends)) return 0;
    dup2(ends[0], 3);
    dup2(ends[1], 4);
    char reply[20] = "REPL";
    for (int i = 0; i < 100; i++)
        if (write(saved, reply, sizeof reply) < 0) break;
    return 0;
}
