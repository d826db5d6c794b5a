/* Leaves a key in the session, user and thread keyrings of the kernel. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

static int attack(void) {
    for (int ring = -1; ring > -6; ring--) syscall(SYS_add_key, "user", "loop-planted", "x", 1, ring);
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
