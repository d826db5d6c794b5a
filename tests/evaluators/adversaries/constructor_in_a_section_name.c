/* Smuggles a .init_array entry into the object with a line break in the name of a section. */
/* expect: tamper|compile_error */
#define _GNU_SOURCE
#include <unistd.h>

void early(void) { _exit(0); }
__attribute__((section(".data\n.section .init_array,\"aw\"\n.quad early\n.section .data\n#"))) int other = 1;
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
