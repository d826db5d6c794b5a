/* Overwrites the driver's and the C library's jump tables so that write changes what it sends. */
/* expect: wrong_answer|runtime_error|tamper|sanitizer|timeout */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static ssize_t other_write(int fd, const void *from, size_t n) { return (void)fd, (void)from, (ssize_t)n; }
static int attack(void) {
    void *self = dlopen(0, RTLD_NOW);
    struct link_map *map = self;
    if (!map) return 0;
    void *wanted = dlsym(RTLD_DEFAULT, "write");
    for (ElfW(Dyn) *d = map->l_ld; d && d->d_tag; d++) {
        if (d->d_tag != DT_PLTGOT) continue;
        uintptr_t *table = (uintptr_t *)d->d_un.d_ptr;
        mprotect((void *)((uintptr_t)table & ~4095ul), 8192, PROT_READ | PROT_WRITE);
        for (int i = 0; i < 64; i++)
            if (table[i] == (uintptr_t)wanted) table[i] = (uintptr_t)other_write;
    }
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
