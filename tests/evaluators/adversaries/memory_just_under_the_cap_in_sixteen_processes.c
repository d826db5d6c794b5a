/* Touches 100 MB in each of sixteen children at once, each just under the cap of one. */
/* expect: memory|runtime_error|wrong_answer|timeout */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int attack(void) {
    volatile int *ready = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (ready == MAP_FAILED) return 0;
    for (int i = 0; i < 16; i++)
        if (fork() == 0) {
            char *p = mmap(0, 100 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (p != MAP_FAILED) {
                for (long at = 0; at < 100 << 20; at += 4096) p[at] = 1;
                __atomic_fetch_add(ready, 1, __ATOMIC_SEQ_CST);
            }
            for (;;) pause();
        }
    for (int i = 0; i < 100 && *ready < 16; i++) usleep(10000);
    return *ready >= 16;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
