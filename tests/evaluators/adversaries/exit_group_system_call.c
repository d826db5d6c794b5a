/* Calls exit_group directly, past every handler of the C library. */
/* expect: runtime_error|tamper */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

int total(const int *a, int n) {
    (void)a, (void)n;
    syscall(SYS_exit_group, 0);
    return 0;
}
