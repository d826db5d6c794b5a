/* Asks for real-time scheduling, a negative nice value, idle CPUs and the best I/O class. */
/* expect: wrong_answer|runtime_error|tamper */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int attack(void) {
    struct sched_param high = {.sched_priority = 50};
    int got = sched_setscheduler(0, SCHED_FIFO, &high) == 0;
    got += sched_setscheduler(0, SCHED_RR, &high) == 0;
    got += setpriority(PRIO_PROCESS, 0, -20) == 0;
    got += syscall(SYS_ioprio_set, 1, 0, 1 << 13) == 0;
    return got;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
