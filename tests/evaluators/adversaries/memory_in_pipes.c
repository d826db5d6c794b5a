/* Fills pipes and sockets with data, that counts as no process's memory. */
/* expect: wrong_answer|runtime_error|memory */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static int attack(void) {
    static char junk[1 << 16];
    long held = 0;
    for (int i = 0; i < 1000; i++) {
        int ends[2];
        if (i % 2 ? pipe(ends) : socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) continue;
        fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
        fcntl(ends[1], F_SETFL, O_NONBLOCK);
        for (ssize_t put; (put = write(ends[1], junk, sizeof junk)) > 0;) held += put;
    }
    return held > 64 << 20;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
