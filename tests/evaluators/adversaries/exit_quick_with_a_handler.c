/* Leaves with quick_exit, and its handler writes a reply in the driver's place. */
/* expect: runtime_error|tamper */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int __cxa_at_quick_exit(void (*)(void *), void *);
static void last_words(void *unused) {
    (void)unused;
    char reply[20] = "REPL";
    for (int fd = 3; fd < 64; fd++)
        if (write(fd, reply, sizeof reply) < 0) continue;
}
int total(const int *a, int n) {
    (void)a, (void)n;
    __cxa_at_quick_exit(last_words, 0);
    quick_exit(0);
}
