/* Writes cases of its own choice into the descriptor that the driver reads them from, and answers rightly if it could. */
/* expect: wrong_answer|runtime_error|tamper; late */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

static int attack(void) {
    uint32_t easy[7] = {0, 0, 1, 0, 0, 0, 0};
    int written = write(3, easy, sizeof easy) == (ssize_t)sizeof easy;
    int again = open("/proc/self/fd/3", O_WRONLY | O_NONBLOCK);
    if (again >= 0) written += write(again, easy, sizeof easy) > 0;
    return written;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
