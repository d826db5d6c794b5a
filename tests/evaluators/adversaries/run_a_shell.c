/* Runs a shell and a compiler with system, popen and posix_spawn. */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int attack(void) {
    pid_t child;
    char *const words[] = {"sh", "-c", "true", 0};
    FILE *pipe = popen("id", "r");
    char line[64];
    int found = pipe && fgets(line, sizeof line, pipe);
    if (pipe) pclose(pipe);
    return found || system("true") == 0 || posix_spawn(&child, "/bin/sh", 0, 0, words, environ) == 0 ||
           posix_spawn(&child, "/usr/bin/gcc", 0, 0, words, environ) == 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
