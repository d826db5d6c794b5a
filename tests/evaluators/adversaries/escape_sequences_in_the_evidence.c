/* Prints terminal escapes, zero bytes and broken UTF-8 and dies, to spoil the evidence that people read. */
/* expect: runtime_error|sanitizer */
#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

int total(const int *a, int n) {
    (void)a, (void)n;
    static const char text[] = "\033]0;owned\007\033[2J\0\xff\xfe ERROR: AddressSanitizer: \xc3\x28";
    for (int i = 0; i < 40; i++)
        if (write(2, text, sizeof text) < 0) break;
    raise(SIGSEGV);
    return 0;
}
