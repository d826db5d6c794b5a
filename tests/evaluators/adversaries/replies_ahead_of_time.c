/* Reads its nonce from the driver's static memory, answers, and sends the next answers before their inputs come. */
/* expect: tamper|wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static int scan(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size, (void)unused;
    for (int i = 0; i < info->dlpi_phnum && !*info->dlpi_name; i++) {
        if (info->dlpi_phdr[i].p_type != PT_LOAD || !(info->dlpi_phdr[i].p_flags & PF_W)) continue;
        char *from = (char *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        for (size_t at = 0; at + 8 <= info->dlpi_phdr[i].p_memsz; at += 8) {
            char reply[20] = "REPL";
            for (int b = 0; b < 8; b++) reply[4 + b] = ((volatile char *)from)[at + b];
            if (write(4, reply, sizeof reply) < 0) return 1;
        }
    }
    return 0;
}
int total(const int *a, int n) {
    (void)a, (void)n;
    dl_iterate_phdr(scan, 0);
    return 0;
}
