/* Writes to the terminal, the console, the kernel's log and syslog. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

static int attack(void) {
    const char *paths[] = {"/dev/tty", "/dev/console", "/dev/kmsg", "/dev/log", "/dev/pts/0", "/proc/kmsg"};
    int written = 0;
    for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++) {
        int fd = open(paths[i], O_WRONLY | O_NONBLOCK);
        written += fd >= 0 && write(fd, "loop\n", 5) == 5;
    }
    openlog("loop", LOG_CONS, LOG_USER);
    for (int i = 0; i < 50; i++) syslog(LOG_EMERG, "a flood of messages");
    return written;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
