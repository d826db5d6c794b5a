/* Pushes characters into the grader's terminal with TIOCSTI and TIOCLINUX. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int attack(void) {
    char subcode = 2;
    int pushed = 0, terminal = open("/dev/tty", O_RDWR);
    for (int fd = 0; fd < 8; fd++) pushed += ioctl(fd, TIOCSTI, "x") == 0 || ioctl(fd, TIOCLINUX, &subcode) == 0;
    return pushed || terminal >= 0 || open("/dev/console", O_RDWR) >= 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
