/* Asks the sanitizer to call it before it ends the process, and leaves with status 0 there. */
/* expect: tamper|sanitizer|runtime_error|compile_error */
#define _GNU_SOURCE
#include <unistd.h>

void __sanitizer_set_death_callback(void (*callback)(void));
static void calm(void) { _exit(0); }
int total(const int *a, int n) {
    __sanitizer_set_death_callback(calm);
    int s = 0;
    for (int i = 0; i <= n; i++) s += i < n ? a[i] : a[i] * 0;
    return s;
}
