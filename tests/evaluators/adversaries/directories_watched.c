/* Watches the box's directories for what the grader or another candidate does in them. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

static int attack(void) {
    int fd = inotify_init1(IN_NONBLOCK);
    char event[4096];
    inotify_add_watch(fd, "/", IN_ALL_EVENTS);
    inotify_add_watch(fd, "/proc", IN_ALL_EVENTS);
    inotify_add_watch(fd, "/usr/lib", IN_CREATE | IN_MODIFY | IN_DELETE);
    usleep(5000);
    return fd >= 0 && read(fd, event, sizeof event) > 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
