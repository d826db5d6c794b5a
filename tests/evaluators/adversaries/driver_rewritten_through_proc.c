/* Writes over the driver's memory through /proc/self/mem, whatever its protection. */
/* expect: wrong_answer|runtime_error|tamper|sanitizer */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static int attack(void) {
    int fd = open("/proc/self/mem", O_RDWR), done = 0;
    char line[256];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps) && !done) {
        unsigned long from;
        char mode[5];
        if (sscanf(line, "%lx-%*x %4s", &from, mode) == 2 && mode[2] == 'x') {
            static char junk[4096];
            done = pwrite(fd, junk, sizeof junk, (off_t)from) > 0;
        }
    }
    if (maps) fclose(maps);
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
