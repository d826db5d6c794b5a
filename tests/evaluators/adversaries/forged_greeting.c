/* Says hello a second time, as if another driver had started. */
/* expect: tamper */
#define _GNU_SOURCE
#include <stdint.h>
#include <unistd.h>

int total(const int *a, int n) {
    uint32_t greeting[3] = {0x4f4c4548, 0, 0};
    for (int fd = 3; fd < 64; fd++)
        if (write(fd, greeting, sizeof greeting) < 0) continue;
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
