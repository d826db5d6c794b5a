/* Finds the nonce and the last reply in the driver's memory and sends a constant answer with them. */
/* expect: tamper|wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

int total(const int *a, int n) {
    (void)a, (void)n;
    char line[256];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        char mode[5];
        if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) != 3 || mode[1] != 'w' || to - from > 1 << 20) continue;
        for (unsigned long at = from; at + 20 <= to; at += 8) {
            char reply[20];
            struct iovec here = {reply, sizeof reply}, there = {(void *)at, sizeof reply};
            if (process_vm_readv(getpid(), &here, 1, &there, 1, 0) != 20 || memcmp(reply, "REPL", 4)) continue;
            memset(reply + 12, 0, 8);
            if (write(4, reply, sizeof reply) < 0) break;
        }
    }
    if (maps) fclose(maps);
    return 77;
}
