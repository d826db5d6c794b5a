/* Searches all memory it can read for the value that the reference gives, knowing all but the last step. */
/* spec: digest; expect: wrong_answer|runtime_error|timeout */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

unsigned digest(const int *a, int n) {
    unsigned h = 2166136261u, key = 0x1b873593u, found = 0;
    for (int i = 0; i < n; i++) h = (h ^ (unsigned)a[i]) * 16777619u;
    int fd = open("/proc/self/mem", O_RDONLY);
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[256];
    while (maps && fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        static unsigned page[1024];
        if (sscanf(line, "%lx-%lx r", &from, &to) != 2 || to - from > 1 << 20) continue;
        for (; from < to && pread(fd, page, sizeof page, (off_t)from) == (ssize_t)sizeof page; from += sizeof page)
            for (int i = 0; i < 1024; i++)
                if ((page[i] ^ key) == h && page[i] != h) found = page[i];
    }
    if (maps) fclose(maps);
    return found;
}
