/* Becomes another user or group, root among them, and takes back capabilities. */
/* expect: wrong_answer|runtime_error|tamper */
#define _GNU_SOURCE
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int attack(void) {
    gid_t none[1] = {0};
    int got = setuid(0) == 0 || setresuid(0, 0, 0) == 0 || setgid(0) == 0 || setgroups(1, none) == 0;
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{~0u, ~0u, 0}, {~0u, ~0u, 0}};
    got += syscall(SYS_capset, &head, data) == 0;
    got += prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0) == 0;
    return got || geteuid() == 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
