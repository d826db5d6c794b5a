/* Clears the sanitizer's shadow of the bytes behind its input by a raw system call, then reads them. */
/* expect: sanitizer|tamper|runtime_error; plain */
#define _GNU_SOURCE
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

int total(const int *a, int n) {
    static char zeros[8];
    int ends[2];
    uintptr_t shadow = ((uintptr_t)(a + n) >> 3) + 0x7fff8000;
    if (pipe(ends) == 0 && write(ends[1], zeros, 1) == 1) syscall(SYS_read, ends[0], (void *)shadow, 1);
    close(ends[0]);
    close(ends[1]);
    int s = 0;
    for (int i = 0; i <= n; i++) {
        int value = a[i];
        if (i < n) s += value;
    }
    return s;
}
