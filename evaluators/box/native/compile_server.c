/* Runs the compiler inside its sandbox, one request after another, so that a compile does not pay for a new sandbox.
 *
 * request: u32 files, then for each u32 len, its path, u32 len, its bytes; u32 commands, then for each u32 len and its
 *          argv, NUL-separated; u32 outputs, then for each u32 len and its path.
 * reply:   u32 failed (0: all ran, n: command n failed), u32 wait_status, then blobs (u32 len, bytes): diagnostics,
 *          and each output (empty when a command failed or it is not there).
 *
 * Every request gets a fresh directory, which is emptied before the reply: no compile ever sees another one's files.
 * The text that is compiled is hostile, the programs that are run are not. argv[1..4]: CPU seconds, wall seconds,
 * bytes of address space, bytes a file may have; argv[5] and argv[6]: descriptors of requests and replies; argv[7]: 1, to
 * be confined first. The descriptors are not stdin and stdout, which the box's pid 1 keeps open, and this process is not
 * dumpable: a source that includes /proc/PID/fd/N must not reach them (nor, confined, anything in /proc).
 *
 * A command whose first word is `warm` continues with its input, its output and the command itself. That is started once
 * (native/warm_compiler.c) and from then on asked, as long as the words are the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "confine.h"

enum { MAX_DIAG = 4096, MAX_ARGS = 256, MAX_OBJECT = 8 << 20, MAX_WARM = 8 };
static const uint32_t UNCONFINED = ~0u; /* instead of the number of a command that failed; what is missing follows */
enum { LIBRARY = 197, ASK = 198, ANSWER = 199 }; /* in a warm program */

static unsigned long limit_cpu, limit_wall, limit_memory, limit_file;
static int in, out, library, confined;
static const unsigned char LIBRARY_BYTES[] = {/* GENERATED: native/warm_compiler.c, built */};

/* cold: it did not stop where it should have (another compiler, another libc), so its command is run every time. */
static struct warm {
    char *words;
    uint32_t len;
    int ask, answer, cold;
} warm[MAX_WARM];

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

static void limit_resources(void) {
    cap(RLIMIT_CPU, limit_cpu);
    cap(RLIMIT_AS, limit_memory);
    cap(RLIMIT_FSIZE, limit_file);
    cap(RLIMIT_CORE, 0);
}

static void redirect(void) {
    int null = open("/dev/null", O_RDWR), diag = open("diagnostics", O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (null < 0 || diag < 0) _exit(126);
    dup2(null, 0);
    dup2(diag, 1);
    dup2(diag, 2);
}

static void unpack(char *packed, uint32_t len, char *argv[MAX_ARGS + 1]) {
    int argc = 0;
    for (char *p = packed; p < packed + len && argc < MAX_ARGS; p += strlen(p) + 1) argv[argc++] = p;
    argv[argc] = NULL;
}

static int run_once(char **argv) {
    pid_t child = fork();
    if (child < 0) exit(73);
    if (child == 0) {
        redirect();
        limit_resources();
        alarm((unsigned)limit_wall); /* survives exec */
        if (confined && filter_system_calls(COMPILER)) _exit(126);
        execv(argv[0], argv);
        _exit(127);
    }
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) exit(74);
    return status;
}

static int answered(struct warm *w, uint32_t *value) {
    ssize_t got;
    while ((got = read(w->answer, value, sizeof *value)) < 0 && errno == EINTR) {}
    return got == sizeof *value;
}

static void start_warm(struct warm *w, char *input, char *output, char **argv) {
    static const uint32_t READY = 0x4d524157; /* WARM */
    int ask[2], answer[2];
    if (pipe2(ask, O_CLOEXEC) || pipe2(answer, O_CLOEXEC)) exit(73);
    pid_t child = fork();
    if (child < 0) exit(73);
    if (child == 0) {
        char words[6][256];
        char *environment[] = {words[0], words[1], words[2], words[3], words[4], words[5], NULL};
        snprintf(words[0], sizeof words[0], "LD_PRELOAD=/proc/self/fd/%d", LIBRARY);
        snprintf(words[1], sizeof words[1], "WARM_INPUT=%s", input);
        snprintf(words[2], sizeof words[2], "WARM_OUTPUT=%s", output);
        snprintf(words[3], sizeof words[3], "WARM_CPU=%lu", limit_cpu);
        snprintf(words[4], sizeof words[4], "WARM_WALL=%lu", limit_wall);
        snprintf(words[5], sizeof words[5], "WARM_CONFINED=%d", confined);
        redirect();
        if (dup2(library, LIBRARY) < 0 || dup2(ask[0], ASK) < 0 || dup2(answer[1], ANSWER) < 0) _exit(126);
        limit_resources();
        execve(argv[0], argv, environment);
        _exit(127);
    }
    close(ask[0]);
    close(answer[1]);
    w->ask = ask[1];
    w->answer = answer[0];
    uint32_t ready = 0;
    w->cold = !answered(w, &ready) || ready != READY;
    if (!w->cold) return;
    close(w->ask);
    close(w->answer);
    while (waitpid(child, NULL, 0) < 0)
        if (errno != EINTR) exit(74);
    unlink("diagnostics");
}

static int run_warm(char *packed, uint32_t len, char *input, char *output, char **argv) {
    struct warm *w = warm;
    while (w < warm + MAX_WARM && w->words && (w->len != len || memcmp(w->words, packed, len))) w++;
    if (w == warm + MAX_WARM) exit(79);
    if (!w->words) {
        w->words = malloc(len);
        if (!w->words) exit(72);
        memcpy(w->words, packed, len);
        w->len = len;
        start_warm(w, input, output, argv);
    }
    if (w->cold) return run_once(argv);
    uint32_t status;
    if (write(w->ask, "", 1) != 1 || !answered(w, &status)) exit(76);
    return (int)status;
}

static int run(char *packed, uint32_t len) {
    char *argv[MAX_ARGS + 1];
    unpack(packed, len, argv);
    if (!argv[0]) exit(79);
    if (strcmp(argv[0], "warm")) return run_once(argv);
    if (!argv[1] || !argv[2] || !argv[3]) exit(79);
    return run_warm(packed, len, argv[1], argv[2], argv + 3);
}

static char *slurp(const char *name, size_t most, uint32_t *len) {
    *len = 0;
    char *data = malloc(most);
    int fd = open(name, O_RDONLY | O_NOFOLLOW);
    if (!data) exit(75);
    while (fd >= 0 && *len < most) {
        ssize_t got = read(fd, data + *len, most - *len);
        if (got <= 0) break;
        *len += (uint32_t)got;
    }
    if (fd >= 0) close(fd);
    return data;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at) {
    (void)st;
    if (at->level == 0) return 0;
    return kind == FTW_DP || kind == FTW_D ? rmdir(path) : unlink(path);
}

static void empty_directory(void) {
    if (nftw(".", remove_one, 16, FTW_DEPTH | FTW_PHYS)) exit(77);
}

static void write_file(char *path, const char *data, uint32_t len) {
    for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(path, 0700) && errno != EEXIST) exit(78);
        *slash = '/';
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) exit(78);
    for (uint32_t done = 0; done < len;) {
        ssize_t put = write(fd, data + done, len - done);
        if (put <= 0) exit(78);
        done += (uint32_t)put;
    }
    close(fd);
}

static void reply_blob(const char *name, size_t most) {
    uint32_t len = 0;
    char *data = name ? slurp(name, most, &len) : NULL;
    write_all(&len, sizeof len);
    write_all(data, len);
    free(data);
}

/* Runs the request's commands; stops at the first that fails, whose number and status go to head. */
static void run_commands(uint32_t head[2]) {
    uint32_t commands = read_u32();
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
}

/* The system's programs and libraries, and this folder. */
static void confine_builder(void) {
    const uint64_t system = MAY_READ | MAY_LIST | MAY_EXECUTE;
    const struct place places[] = {
        {"/usr", system},   {"/bin", system}, {"/lib", system},
        {"/lib64", system}, {".", MAY_READ | MAY_LIST | MAY_WRITE | MAY_REMOVE | MAY_MAKE | MAY_TRUNCATE},
        {"/dev/null", MAY_READ | MAY_WRITE},
    };
    const char *problem = confine(BUILDER, places, sizeof places / sizeof *places);
    if (!problem) return;
    const uint32_t head[3] = {UNCONFINED, 0, (uint32_t)strlen(problem)};
    write_all(head, sizeof head);
    write_all(problem, head[2]);
    exit(79);
}

int main(int argc, char **argv) {
    if (argc != 8) return 64;
    guard_server();
    limit_cpu = strtoul(argv[1], NULL, 10);
    limit_wall = strtoul(argv[2], NULL, 10);
    limit_memory = strtoul(argv[3], NULL, 10);
    limit_file = strtoul(argv[4], NULL, 10);
    in = atoi(argv[5]);
    out = atoi(argv[6]);
    confined = atoi(argv[7]);
    library = memfd_create("warm", MFD_CLOEXEC);
    fcntl(in, F_SETFD, FD_CLOEXEC);
    fcntl(out, F_SETFD, FD_CLOEXEC);
    if (write(library, LIBRARY_BYTES, sizeof LIBRARY_BYTES) != sizeof LIBRARY_BYTES) return 73;
    if (confined) confine_builder();
    for (;;) {
        for (uint32_t files = read_u32(); files; files--) {
            char *path = read_blob(read_u32());
            uint32_t len = read_u32();
            char *data = read_blob(len);
            write_file(path, data, len);
            free(path);
            free(data);
        }
        uint32_t head[2] = {0, 0};
        run_commands(head);
        write_all(head, sizeof head);
        reply_blob("diagnostics", MAX_DIAG);
        for (uint32_t outputs = read_u32(); outputs; outputs--) {
            char *path = read_blob(read_u32());
            reply_blob(head[0] ? NULL : path, MAX_OBJECT);
            free(path);
        }
        empty_directory();
    }
}
