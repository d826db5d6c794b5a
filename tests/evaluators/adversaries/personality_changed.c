/* Switches address randomisation off and maps page zero, as the first step of an exploit. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/personality.h>

static int attack(void) {
    personality(ADDR_NO_RANDOMIZE | MMAP_PAGE_ZERO | READ_IMPLIES_EXEC);
    return mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
