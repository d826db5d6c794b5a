/* Catches every signal on its own stack with _exit(0) and then writes to address 8. */
/* expect: runtime_error|sanitizer */
#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

static char stack[1 << 16];
static void calm(int signal_number) { (void)signal_number; _exit(0); }
int total(const int *a, int n) {
    (void)a, (void)n;
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&other, 0);
    struct sigaction action = {.sa_handler = calm, .sa_flags = SA_ONSTACK};
    for (int s = 1; s < 64; s++) sigaction(s, &action, 0);
    return *(volatile int *)8;
}
