/* Waits for its own input, that comes only after its reply. */
/* expect: timeout|tamper|runtime_error */
#define _GNU_SOURCE
#include <unistd.h>

int total(const int *a, int n) {
    (void)a, (void)n;
    char byte;
    while (read(3, &byte, 1) == 1) continue;
    for (;;) pause();
}
