/* Opens what kernel exploits begin with: io_uring, bpf, userfaultfd, perf events, fanotify, modules. */
/* expect: wrong_answer|runtime_error|tamper */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int attack(void) {
    char zeros[256] = {0};
    int got = syscall(SYS_io_uring_setup, 4, zeros) >= 0;
    got += syscall(SYS_bpf, 0, zeros, sizeof zeros) >= 0;
    got += syscall(SYS_perf_event_open, zeros, 0, -1, -1, 0) >= 0;
    got += syscall(SYS_fanotify_init, 0, 0) >= 0;
    got += syscall(SYS_init_module, zeros, 1, "") == 0;
    got += syscall(SYS_kexec_load, 0, 0, 0, 0) == 0;
    got += syscall(SYS_open_by_handle_at, -100, zeros, 0) >= 0;
    got += syscall(SYS_quotactl, 0, 0, 0, 0) == 0;
    got += syscall(SYS_swapon, "/proc/self/exe", 0) == 0;
    got += syscall(SYS_reboot, 0xfee1dead, 672274793, 0, 0) == 0;
    return got;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
