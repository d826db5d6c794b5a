/* Listens on an abstract socket for the candidate that comes after it. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int attack(void) {
    struct sockaddr_un me = {.sun_family = AF_UNIX};
    memcpy(me.sun_path + 1, "loop-planted", 12);
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    if (s >= 0 && bind(s, (struct sockaddr *)&me, offsetof(struct sockaddr_un, sun_path) + 13) == 0) listen(s, 5);
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
