/* Runs the compiler inside its sandbox, one request after another, so that a compile does not pay for a new sandbox.
 *
 * request: u32 commands, u32 source_len, source, then for each command u32 len and its argv, NUL-separated.
 * reply:   u32 failed (0: all ran, n: command n failed), u32 wait_status, u32 diag_len, u32 object_len, both blobs.
 *
 * Every request gets a fresh directory, which is emptied before the reply: no compile ever sees another one's files.
 * The text that is compiled is hostile, the programs that are run are not. argv[1..4]: CPU seconds, wall seconds,
 * bytes of address space, bytes a file may have; argv[5] and argv[6]: descriptors of requests and replies. They are not
 * stdin and stdout, which the box's pid 1 keeps open, and this process is not dumpable: a source that includes
 * /proc/PID/fd/N must not reach them.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_DIAG = 4096, MAX_ARGS = 256, MAX_OBJECT = 8 << 20 };

static unsigned long limit_cpu, limit_wall, limit_memory, limit_file;
static int in, out;

static void read_all(void *into, size_t n) {
    for (char *p = into; n;) {
        ssize_t got = read(in, p, n);
        if (got == 0) exit(0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) exit(70);
        p += got;
        n -= (size_t)got;
    }
}

static void write_all(const void *from, size_t n) {
    for (const char *p = from; n;) {
        ssize_t put = write(out, p, n);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) exit(71);
        p += put;
        n -= (size_t)put;
    }
}

static uint32_t read_u32(void) {
    uint32_t v;
    read_all(&v, sizeof v);
    return v;
}

static char *read_blob(uint32_t n) {
    char *p = malloc((size_t)n + 1);
    if (!p) exit(72);
    read_all(p, n);
    p[n] = 0;
    return p;
}

static void cap(int what, unsigned long value) {
    struct rlimit r = {value, value};
    if (setrlimit(what, &r)) _exit(126);
}

static int run(char *packed, uint32_t len) {
    char *argv[MAX_ARGS + 1];
    int argc = 0;
    for (char *p = packed; p < packed + len && argc < MAX_ARGS; p += strlen(p) + 1) argv[argc++] = p;
    argv[argc] = NULL;
    pid_t child = fork();
    if (child < 0) exit(73);
    if (child == 0) {
        int null = open("/dev/null", O_RDWR), diag = open("diagnostics", O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (null < 0 || diag < 0) _exit(126);
        dup2(null, 0);
        dup2(diag, 1);
        dup2(diag, 2);
        cap(RLIMIT_CPU, limit_cpu);
        cap(RLIMIT_AS, limit_memory);
        cap(RLIMIT_FSIZE, limit_file);
        cap(RLIMIT_CORE, 0);
        alarm((unsigned)limit_wall); /* survives exec */
        execv(argv[0], argv);
        _exit(127);
    }
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) exit(74);
    return status;
}

static char *slurp(const char *name, size_t most, uint32_t *len) {
    *len = 0;
    char *data = malloc(most);
    int fd = open(name, O_RDONLY);
    if (!data) exit(75);
    while (fd >= 0 && *len < most) {
        ssize_t got = read(fd, data + *len, most - *len);
        if (got <= 0) break;
        *len += (uint32_t)got;
    }
    if (fd >= 0) close(fd);
    return data;
}

static void empty_directory(void) {
    DIR *d = opendir(".");
    if (!d) exit(76);
    for (struct dirent *e; (e = readdir(d));)
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && unlink(e->d_name)) exit(77);
    closedir(d);
}

int main(int argc, char **argv) {
    if (argc != 7 || prctl(PR_SET_DUMPABLE, 0)) return 64;
    limit_cpu = strtoul(argv[1], NULL, 10);
    limit_wall = strtoul(argv[2], NULL, 10);
    limit_memory = strtoul(argv[3], NULL, 10);
    limit_file = strtoul(argv[4], NULL, 10);
    in = atoi(argv[5]);
    out = atoi(argv[6]);
    fcntl(in, F_SETFD, FD_CLOEXEC);
    fcntl(out, F_SETFD, FD_CLOEXEC);
    for (;;) {
        uint32_t commands = read_u32(), source_len = read_u32();
        char *source = read_blob(source_len);
        int fd = open("candidate.c", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (fd < 0 || write(fd, source, source_len) != (ssize_t)source_len) return 78;
        close(fd);
        free(source);
        uint32_t head[4] = {0, 0, 0, 0};
        for (uint32_t i = 1; i <= commands; i++) {
            uint32_t len = read_u32();
            char *packed = read_blob(len);
            if (!head[0]) {
                int status = run(packed, len);
                if (status) {
                    head[0] = i;
                    head[1] = (uint32_t)status;
                }
            }
            free(packed);
        }
        char *diag = slurp("diagnostics", MAX_DIAG, &head[2]);
        char *object = slurp("candidate.so", MAX_OBJECT, &head[3]);
        if (head[0]) head[3] = 0;
        empty_directory();
        write_all(head, sizeof head);
        write_all(diag, head[2]);
        write_all(object, head[3]);
        free(diag);
        free(object);
    }
}
