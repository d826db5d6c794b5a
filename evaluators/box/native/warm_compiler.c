/* Preloaded into compiler, assembler and linker: each starts up once, stops where it would open its input, and from there
 * on a copy of it works on each candidate. Starting up is more than half of what a small file costs.
 *
 * WARM_INPUT: the path at which it stops, one that is opened after the start-up (for the compiler: an included file).
 * WARM_OUTPUT: what it writes; where that is opened before the stop, each copy has one of its own in its place.
 * WARM_CONFINED: 1, to confine each copy. WARM_CPU, WARM_WALL: seconds that a copy may use.
 * ASK: a byte for each candidate; at its end we end. ANSWER: u32 'WARM' when ready, then each copy's u32 wait status.
 *
 * A copy has seen no candidate but its own. It has neither descriptor, and is not dumpable: what it works on is
 * hostile, and must not reach the next one's compiler.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "seccomp.h"

enum { LIBRARY = 197, ASK = 198, ANSWER = 199 };

static const uint32_t READY = 0x4d524157;

static void answer(uint32_t value) {
    if (write(ANSWER, &value, sizeof value) != sizeof value) _exit(0);
}

static int begun, output = -1;

static int named(const char *variable, const char *path) {
    const char *value = getenv(variable);
    return value && !strcmp(path, value);
}

static void replace(int fd, const char *path, int flags) {
    int file = open(path, flags | O_CREAT, 0600);
    if (file < 0 || dup2(file, fd) < 0) _exit(126);
    close(file);
}

/* Becomes the compiler of one candidate. */
static void begin(rlim_t cpu, unsigned wall) {
    struct rlimit limit = {cpu, cpu};
    close(ASK);
    close(ANSWER);
    if (output >= 0) replace(output, getenv("WARM_OUTPUT"), O_RDWR | O_TRUNC);
    replace(2, "diagnostics", O_WRONLY | O_APPEND);
    dup2(2, 1);
    if (setrlimit(RLIMIT_CPU, &limit)) _exit(126);
    alarm(wall);
    if (*getenv("WARM_CONFINED") == '1' && filter_system_calls(COMPILER)) _exit(126);
}

static void serve(void) {
    rlim_t cpu = strtoul(getenv("WARM_CPU"), NULL, 10);
    unsigned wall = (unsigned)strtoul(getenv("WARM_WALL"), NULL, 10);
    /* gcc sets its code generator up when it meets the first function. That does not depend on the function, so it can be
     * done before; where a gcc does not show the name, each copy does it. */
    void (*set_up)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "_Z14initialize_rtlv");
    if (set_up) set_up();
    close(LIBRARY);
    if (prctl(PR_SET_DUMPABLE, 0)) _exit(126);
    answer(READY);
    for (;;) {
        char byte;
        ssize_t got = read(ASK, &byte, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) _exit(0);
        pid_t copy = fork();
        if (copy == 0) {
            begin(cpu, wall);
            return;
        }
        int status = 0;
        if (copy < 0) _exit(73);
        while (waitpid(copy, &status, 0) < 0)
            if (errno != EINTR) _exit(74);
        answer((uint32_t)status);
    }
}

static void stop_at(const char *path) {
    if (begun || !named("WARM_INPUT", path)) return;
    begun = 1;
    serve();
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0;
    va_end(rest);
    stop_at(path);
    return openat(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

FILE *fopen(const char *path, const char *mode) {
    FILE *(*original)(const char *, const char *) = (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen");
    stop_at(path);
    FILE *file = original(path, mode);
    if (!begun && file && named("WARM_OUTPUT", path)) output = fileno(file);
    return file;
}

FILE *fopen64(const char *path, const char *mode) __attribute__((alias("fopen")));
