/* Enters seccomp's strict mode, in which only four system calls are left. */
/* expect: runtime_error|wrong_answer */
#define _GNU_SOURCE
#include <linux/seccomp.h>
#include <sys/prctl.h>

static int attack(void) {
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
