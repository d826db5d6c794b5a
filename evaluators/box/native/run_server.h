/* A fork server: the sanitizer runtime starts once, and each candidate gets a process of its own.
 *
 * On the control socket (packets): "R" when the server is ready; then for each request one candidate at a time,
 * "C" from its process before it is confined (the kernel names the sender), and "E" + u32 wait status when it ended and nothing
 * of it is left. Between the two "K" kills it; a closed socket ends everything.
 *
 * request: struct order, and four descriptors: the shared object, cases, replies, noise.
 */
#ifndef RUN_SERVER_H
#define RUN_SERVER_H
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "confine.h"

enum { OBJECT, CASES, REPLIES, NOISE, DESCRIPTORS };
enum { FIRST_FREE = 6 };

struct order {
    uint64_t address_space; /* bytes; 0: no limit (a sanitizer's shadow is huge) */
    uint64_t data;          /* bytes of private writable memory beyond what the server has; 0: no limit */
    uint32_t cpu_seconds;
    uint32_t processes; /* RLIMIT_NPROC: with threads, and with the box's own; 0: no limit */
    uint32_t profile;   /* enum profile */
    uint32_t confined;
    char shape[64];
    char name[192];
};

static int control;

/* False when the grader hung up. */
static int receive(struct order *order, int fds[DESCRIPTORS]) {
    char room[CMSG_SPACE(DESCRIPTORS * sizeof(int))] = {0};
    struct iovec part = {order, sizeof *order};
    struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    ssize_t got;
    for (;;) {
        got = recvmsg(control, &packet, MSG_CMSG_CLOEXEC);
        if (got == 0) return 0;
        if (got == (ssize_t)sizeof *order) break;
        if (got < 0 && errno != EINTR) exit(65);
        packet.msg_controllen = sizeof room; /* a "K" that came too late */
    }
    struct cmsghdr *rights = CMSG_FIRSTHDR(&packet);
    if (!rights || rights->cmsg_type != SCM_RIGHTS || rights->cmsg_len != CMSG_LEN(DESCRIPTORS * sizeof(int))) exit(66);
    memcpy(fds, CMSG_DATA(rights), DESCRIPTORS * sizeof(int));
    order->shape[sizeof order->shape - 1] = order->name[sizeof order->name - 1] = 0;
    return 1;
}

/* The candidate's process finds its own five descriptors and nothing else open. */
static void take_places(const int fds[DESCRIPTORS]) {
    const int wanted[DESCRIPTORS] = {[OBJECT] = 5, [CASES] = 3, [REPLIES] = 4, [NOISE] = 1};
    int copies[DESCRIPTORS];
    for (int i = 0; i < DESCRIPTORS; i++) copies[i] = fcntl(fds[i], F_DUPFD, 64);
    for (int i = 0; i < DESCRIPTORS; i++)
        if (dup2(copies[i], wanted[i]) != wanted[i]) _exit(86);
    if (dup2(wanted[NOISE], 2) != 2 || syscall(SYS_close_range, (unsigned)FIRST_FREE, ~0u, 0u)) _exit(86);
}

static uint64_t data_in_use(void) {
    char text[4096], *found;
    int fd = open("/proc/self/status", O_RDONLY);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (got < 0) _exit(88);
    close(fd);
    text[got] = 0;
    found = strstr(text, "\nVmData:");
    if (!found) _exit(88);
    return strtoull(found + 8, NULL, 10) << 10;
}

static void limit_resources(const struct order *order) {
    if (order->processes) cap(RLIMIT_NPROC, order->processes);
    cap(RLIMIT_FSIZE, 0);
    cap(RLIMIT_CORE, 0);
    cap(RLIMIT_MEMLOCK, 0);
    cap(RLIMIT_MSGQUEUE, 0);
    cap(RLIMIT_NOFILE, 24);
    cap(RLIMIT_CPU, order->cpu_seconds);
    if (order->address_space) cap(RLIMIT_AS, order->address_space);
    if (order->data) cap(RLIMIT_DATA, data_in_use() + order->data);
}

/* 0, or why the candidate may not run. */
static const char *become_a_candidate(const struct order *order, const int fds[DESCRIPTORS]) {
    static const struct place places[] = {
        {"/usr/lib", MAY_READ | MAY_LIST}, {"/usr/lib64", MAY_READ | MAY_LIST},
        {"/lib", MAY_READ | MAY_LIST},     {"/lib64", MAY_READ | MAY_LIST},
        {"/proc/self/maps", MAY_READ}, /* a sanitizer's report, and where a thread's stack ends */
        {"/proc/self/task", MAY_READ | MAY_LIST}, /* of profile LEAKS */
    };
    int count = sizeof places / sizeof *places - (order->profile != LEAKS);
    if (send(control, "C", 1, MSG_NOSIGNAL) != 1 || setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL)) _exit(89);
    take_places(fds);
    limit_resources(order);
    return order->confined ? confine((enum profile)order->profile, places, count) : NULL;
}

/* Wait for the candidate's end. Exits when the grader hung up, or when something of the candidate's is left: that ends the box. */
static int32_t watch(pid_t candidate) {
    int handle = (int)syscall(SYS_pidfd_open, candidate, 0), status;
    struct pollfd events[2] = {{control, POLLIN, 0}, {handle, POLLIN, 0}};
    char order[sizeof(struct order)];
    if (handle < 0) exit(67);
    while (!(events[1].revents & POLLIN)) {
        if (poll(events, 2, -1) < 0 && errno != EINTR) exit(68);
        if (events[0].revents & (POLLIN | POLLHUP)) {
            if (recv(control, order, sizeof order, 0) != 1) exit(0);
            kill(candidate, SIGKILL);
        }
    }
    close(handle);
    if (waitpid(candidate, &status, 0) != candidate) exit(69);
    if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD) exit(70);
    return status;
}

/* Returns only in a candidate's process, with the reason why it must not run, or 0. */
static const char *serve(struct order *order) {
    int fds[DESCRIPTORS];
    guard_server();
    if (send(control, "R", 1, MSG_NOSIGNAL) != 1) exit(71);
    while (receive(order, fds)) {
        pid_t candidate = fork();
        if (candidate < 0) exit(72);
        if (candidate == 0) return become_a_candidate(order, fds);
        for (int i = 0; i < DESCRIPTORS; i++) close(fds[i]);
        struct {
            char what[4];
            int32_t status;
        } end = {"E", watch(candidate)};
        if (send(control, &end, sizeof end, MSG_NOSIGNAL) != sizeof end) exit(73);
    }
    exit(0);
}
#endif
