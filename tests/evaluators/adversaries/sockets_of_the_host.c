/* Connects to the host's sockets by path and by abstract name: docker, dbus, X, syslog. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int attack(void) {
    const char *names[] = {"/run/docker.sock",      "/var/run/docker.sock", "/run/dbus/system_bus_socket", "/dev/log",
                           "@/tmp/.X11-unix/X0",    "/tmp/.X11-unix/X0",    "@/org/kernel/linux/storage/multipathd",
                           "/run/systemd/notify",   "@loop-watched-socket", "/run/systemd/journal/socket"};
    int reached = 0;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        struct sockaddr_un to = {.sun_family = AF_UNIX};
        strcpy(to.sun_path, names[i]);
        if (*names[i] == '@') *to.sun_path = 0;
        socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(names[i]));
        int s = socket(AF_UNIX, SOCK_STREAM, 0), d = socket(AF_UNIX, SOCK_DGRAM, 0);
        reached += s >= 0 && connect(s, (struct sockaddr *)&to, size) == 0;
        reached += d >= 0 && connect(d, (struct sockaddr *)&to, size) == 0;
        close(s);
        close(d);
    }
    return reached;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
