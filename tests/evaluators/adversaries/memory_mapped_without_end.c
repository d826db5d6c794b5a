/* Maps and touches anonymous memory past the wrappers of malloc. */
/* expect: memory|runtime_error|wrong_answer|timeout */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>

static int attack(void) {
    long held = 0;
    for (int i = 0; i < 256; i++) {
        char *p = mmap(0, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED) continue;
        memset(p, 1, 8 << 20);
        held += 8 << 20;
    }
    return held > 1l << 30;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
