/* Answers rightly and leaves a handler that writes one more reply when the driver ends. */
/* expect: tamper|runtime_error */
#define _GNU_SOURCE
#include <stdlib.h>
#include <unistd.h>

static void one_more(int status, void *unused) {
    (void)status, (void)unused;
    char reply[20] = "REPL";
    for (int fd = 3; fd < 64; fd++)
        if (write(fd, reply, sizeof reply) < 0) continue;
}
int total(const int *a, int n) {
    (void)a;
    on_exit(one_more, 0);
    exit(n);
}
