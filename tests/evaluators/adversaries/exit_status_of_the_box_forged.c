/* Takes the box's own event descriptor from process 1 and writes a status of success into it. */
/* expect: wrong_answer|runtime_error|tamper */
#define _GNU_SOURCE
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static int attack(void) {
    int first = (int)syscall(SYS_pidfd_open, 1, 0), forged = 0;
    for (int fd = 0; first >= 0 && fd < 64; fd++) {
        int mine = (int)syscall(SYS_pidfd_getfd, first, fd, 0);
        uint64_t success = 1;
        forged += mine >= 0 && write(mine, &success, sizeof success) == sizeof success;
    }
    return forged;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
