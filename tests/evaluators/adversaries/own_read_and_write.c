/* Defines read and write of its own and answers rightly once the driver has called them. */
/* expect: wrong_answer|runtime_error|tamper|compile_error */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

static int called;
ssize_t write(int fd, const void *from, size_t n) { called++; return syscall(SYS_write, fd, from, n); }
ssize_t read(int fd, void *to, size_t n) { called++; return syscall(SYS_read, fd, to, n); }
static int attack(void) { return called; }

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
