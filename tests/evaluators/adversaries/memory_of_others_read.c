/* Reads the memory of every other process with process_vm_readv and through /proc. */
/* expect: wrong_answer|runtime_error|tamper */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

static int attack(void) {
    int found = 0;
    for (int pid = 1; pid < 400; pid++) {
        unsigned long from = 0;
        char path[64], text[64];
        if (pid == getpid()) continue;
        snprintf(path, sizeof path, "/proc/%d/maps", pid);
        FILE *maps = fopen(path, "r");
        if (maps && fscanf(maps, "%lx", &from) == 1) found++;
        if (maps) fclose(maps);
        struct iovec here = {text, sizeof text}, there = {(void *)(from ? from : 0x400000), sizeof text};
        if (process_vm_readv(pid, &here, 1, &there, 1, 0) > 0) found++;
        snprintf(path, sizeof path, "/proc/%d/mem", pid);
        int fd = open(path, O_RDWR);
        if (fd >= 0) {
            found += pread(fd, text, sizeof text, (off_t)from) > 0;
            close(fd);
        }
    }
    return found;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
