/* Makes the driver's code writable and overwrites its reply function, so that every reply repeats the last. */
/* expect: wrong_answer|runtime_error|tamper|sanitizer */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int poison(struct dl_phdr_info *info, size_t size, void *count) {
    (void)size;
    for (int i = 0; i < info->dlpi_phnum && !*info->dlpi_name; i++) {
        if (info->dlpi_phdr[i].p_type != PT_LOAD || !(info->dlpi_phdr[i].p_flags & PF_X)) continue;
        uintptr_t from = (info->dlpi_addr + info->dlpi_phdr[i].p_vaddr) & ~4095ul;
        if (mprotect((void *)from, info->dlpi_phdr[i].p_memsz, PROT_READ | PROT_WRITE | PROT_EXEC) == 0) ++*(int *)count;
    }
    return 0;
}
static int attack(void) {
    int writable = 0;
    dl_iterate_phdr(poison, &writable);
    return 0 * writable;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
