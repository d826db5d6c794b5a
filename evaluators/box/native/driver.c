/* Calls one candidate function on cases that come one at a time, and writes back what can be observed.
 *
 * A fork server (run_server.h) that lends each candidate a confined process: 1 and 2 its noise, 3 the cases, 4 the replies.
 * argv: CONTROL STACK - descriptor of the server's control socket, bytes of stack that a candidate has.
 *
 * hello: u32 'HELO', u32 code (0 ready, 1 not loadable, 2 no such function, 3 not confined), u32 len, text.
 * case:  u64 nonce, then for each argument u32 kind: 0 scalar + u32 value; 1 or 2 pointer (2: observed) + u32 bytes
 *        allocated + u32 bytes of content + the content. The rest of the allocation is zero.
 * reply: u32 'REPL', u64 nonce, u32 returned value, u32 microseconds of CPU, then the bytes of each observed allocation.
 *        u32 'MEM!' instead: the candidate asked for memory beyond its limit.
 *
 * Expected values are not here, so nothing in this process is worth stealing. The table of shapes is generated.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "run_server.h"

struct argument {
    uint32_t kind, value, allocated, content;
    void *pointer;
};

struct shape {
    const char *name; /* `i(pu)`: returns int, takes a pointer and an unsigned */
    uint32_t (*call)(void *function, const struct argument *a);
};

#define UNCHECKED __attribute__((no_sanitize("address", "undefined"))) /* ours, and a thousand of them */

/* GENERATED */

#if defined(__SANITIZE_ADDRESS__)
enum { GUARDED = 0 }; /* allocations are exact: the redzone begins at the first byte beyond */
#else
enum { GUARDED = 1 }; /* what is beyond cannot be touched: a candidate may have silenced the sanitizer, not the kernel */
#endif

enum { THREAD_STACK = 8 << 20, LEAKED = 99 };
static const uint32_t HELLO = 0x4f4c4548, REPLY = 0x4c504552, OUT_OF_MEMORY = 0x214d454d;
enum { in = 3, out = 4, object_file = 5 };

static int read_all(void *into, size_t n) {
    for (char *p = into; n;) {
        ssize_t got = read(in, p, n);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return 0;
        p += got;
        n -= (size_t)got;
    }
    return 1;
}

static void write_all(const void *from, size_t n) {
    for (const char *p = from; n;) {
        ssize_t put = write(out, p, n);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) _exit(81);
        p += put;
        n -= (size_t)put;
    }
}

/* One write a reply: each write wakes the grader up. */
static char staged[1 << 16];
static size_t staged_bytes;

static void flush(void) {
    write_all(staged, staged_bytes);
    staged_bytes = 0;
}

static void stage(const void *from, size_t n) {
    if (n > sizeof staged - staged_bytes) flush();
    if (n > sizeof staged) {
        write_all(from, n);
        return;
    }
    memcpy(staged + staged_bytes, from, n);
    staged_bytes += n;
}

static void *claim(void *p) {
    if (!p) {
        write_all(&OUT_OF_MEMORY, sizeof OUT_OF_MEMORY);
        _exit(82);
    }
    return p;
}

/* The plain build is linked with --wrap: an allocation that fails is reported instead of becoming a null dereference. */
void *__wrap_malloc(size_t n) { return claim(malloc(n)); }
void *__wrap_calloc(size_t n, size_t size) { return claim(calloc(n, size)); }
void *__wrap_realloc(void *p, size_t n) { return n ? claim(realloc(p, n)) : realloc(p, n); }

#if defined(__SANITIZE_ADDRESS__)
int __lsan_do_recoverable_leak_check(void);
static int leaks(void) { return __lsan_do_recoverable_leak_check(); }
#else
static int leaks(void) { return 0; }
#endif

static uint64_t cpu_microseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static void hello(uint32_t code, const char *text) {
    uint32_t head[3] = {HELLO, code, (uint32_t)strlen(text)};
    stage(head, sizeof head);
    stage(text, head[2]);
    flush();
    if (code) _exit(0);
}

/* Room for argument i that ends where a page begins which nobody may touch. Kept from case to case. */
static void *before_the_guard(int i, size_t bytes) {
    static struct {
        char *start;
        size_t size;
    } rooms[MOST_ARGUMENTS + 1];
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = (bytes + page - 1) / page * page;
    if (!rooms[i].start || rooms[i].size < size) {
        if (rooms[i].start) munmap(rooms[i].start, rooms[i].size + page);
        char *start = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (start == MAP_FAILED || mprotect(start + size, page, PROT_NONE)) return NULL;
        rooms[i].start = start;
        rooms[i].size = size;
    }
    return rooms[i].start + rooms[i].size - bytes;
}

static int read_case(struct argument *args, int count, uint64_t *nonce) {
    if (!read_all(nonce, sizeof *nonce)) return 0;
    for (int i = 0; i < count; i++) {
        struct argument *a = &args[i];
        if (!read_all(&a->kind, sizeof a->kind)) _exit(84);
        if (a->kind == 0) {
            if (!read_all(&a->value, sizeof a->value)) _exit(84);
            continue;
        }
        if (!read_all(&a->allocated, 2 * sizeof(uint32_t))) _exit(84);
        a->pointer = GUARDED ? before_the_guard(i, a->allocated) : malloc(a->allocated);
        if (!a->pointer) _exit(85);
        memset(a->pointer, 0, a->allocated);
        if (!read_all(a->pointer, a->content)) _exit(84);
    }
    return 1;
}

static const struct shape *shape_called(const char *name) {
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++)
        if (!strcmp(SHAPES[i].name, name)) return &SHAPES[i];
    _exit(87);
}

static void converse(const struct shape *shape, void *function) {
    static struct argument args[MOST_ARGUMENTS + 1];
    static uint64_t nonce;
    int count = (int)strlen(shape->name) - 3;
    while (read_case(args, count, &nonce)) {
        uint64_t before = cpu_microseconds();
        uint32_t value = shape->call(function, args);
        uint32_t cost = (uint32_t)(cpu_microseconds() - before);
        stage(&REPLY, sizeof REPLY);
        stage(&nonce, sizeof nonce);
        stage(&value, sizeof value);
        stage(&cost, sizeof cost);
        for (int i = 0; i < count; i++) {
            if (args[i].kind == 2) stage(args[i].pointer, args[i].allocated);
            if (args[i].kind && !GUARDED) free(args[i].pointer);
        }
        flush();
    }
}

/* The room for the stack is laid out when a program starts, so start again with the right one. A thread gets a usual one,
 * and all threads one heap: each arena of its own would take 128 MiB of address space. */
static void prepare_stacks(rlim_t bytes, char **argv) {
    pthread_attr_t threads;
    struct rlimit stack;
    if (getrlimit(RLIMIT_STACK, &stack)) exit(64);
    if (bytes > stack.rlim_max) bytes = stack.rlim_max;
    if (stack.rlim_cur != bytes) {
        stack.rlim_cur = stack.rlim_max = bytes;
        if (setrlimit(RLIMIT_STACK, &stack)) exit(64);
        execv("/proc/self/exe", argv);
        exit(64);
    }
    pthread_attr_init(&threads);
    pthread_attr_setstacksize(&threads, THREAD_STACK);
    pthread_setattr_default_np(&threads);
    if (GUARDED) mallopt(M_ARENA_MAX, 1);
}

int main(int argc, char **argv) {
    static struct order order;
    char path[32];
    if (argc != 3) return 64;
    prepare_stacks(strtoul(argv[2], NULL, 10), argv);
    control = atoi(argv[1]);
    const char *problem = serve(&order);
    if (problem) hello(3, problem);
    const struct shape *shape = shape_called(order.shape);
    snprintf(path, sizeof path, "/proc/self/fd/%d", object_file);
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!object) hello(1, dlerror());
    close(object_file);
    void *function = dlsym(object, order.name);
    if (!function) hello(2, order.name);
    hello(0, "");
    converse(shape, function);
    if (order.profile == LEAKS && leaks()) _exit(LEAKED);
    _exit(0);
}
