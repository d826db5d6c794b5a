/* Writes to stderr for ever, in large pieces. */
/* expect: output_limit */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

static int attack(void) {
    static char junk[1 << 16];
    memset(junk, 'x', sizeof junk);
    while (write(2, junk, sizeof junk) >= 0) continue;
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
