/* Replaces itself by the dynamic loader and by itself, so that something else gives the exit status. */
/* expect: runtime_error|wrong_answer|tamper */
#define _GNU_SOURCE
#include <unistd.h>

static int attack(void) {
    char *const words[] = {"ld.so", "--version", 0}, *const none[] = {0};
    execve("/lib64/ld-linux-x86-64.so.2", words, none);
    execve("/usr/lib64/ld-linux-x86-64.so.2", words, none);
    execve("/proc/self/exe", words, none);
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
