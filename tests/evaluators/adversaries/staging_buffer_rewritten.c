/* Finds the driver's staging buffer by its last reply and fills it with other bytes before the next. */
/* expect: wrong_answer|runtime_error|tamper */
#define _GNU_SOURCE
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

static int spoil(struct dl_phdr_info *info, size_t size, void *found) {
    (void)size;
    for (int i = 0; i < info->dlpi_phnum && !*info->dlpi_name; i++) {
        if (info->dlpi_phdr[i].p_type != PT_LOAD || !(info->dlpi_phdr[i].p_flags & PF_W)) continue;
        volatile char *from = (char *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        for (size_t at = 0; at + 24 <= info->dlpi_phdr[i].p_memsz; at += 4)
            if (from[at] == 'R' && from[at + 1] == 'E' && from[at + 2] == 'P' && from[at + 3] == 'L') {
                for (int b = 12; b < 20; b++) from[at + b] = 0;
                ++*(int *)found;
            }
    }
    return 0;
}
static int attack(void) {
    int found = 0;
    dl_iterate_phdr(spoil, &found);
    return 0 * found;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
