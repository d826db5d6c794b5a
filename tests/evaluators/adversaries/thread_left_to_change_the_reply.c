/* Leaves a thread that changes the driver's staged replies while the function returns zero. */
/* expect: wrong_answer|runtime_error|tamper|timeout|sanitizer */
#define _GNU_SOURCE
#include <link.h>
#include <pthread.h>
#include <unistd.h>

static int spoil(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size, (void)unused;
    for (int i = 0; i < info->dlpi_phnum && !*info->dlpi_name; i++) {
        if (info->dlpi_phdr[i].p_type != PT_LOAD || !(info->dlpi_phdr[i].p_flags & PF_W)) continue;
        volatile char *from = (char *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        for (size_t at = 0; at + 24 <= info->dlpi_phdr[i].p_memsz; at += 4)
            if (from[at] == 'R' && from[at + 1] == 'E' && from[at + 2] == 'P') from[at + 12] ^= 1;
    }
    return 0;
}
static void *keep_spoiling(void *unused) { for (;;) dl_iterate_phdr(spoil, 0); return unused; }
int total(const int *a, int n) {
    (void)a, (void)n;
    pthread_t thread;
    pthread_create(&thread, 0, keep_spoiling, 0);
    return 77;
}
