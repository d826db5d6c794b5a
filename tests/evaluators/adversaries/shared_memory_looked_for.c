/* Looks for the shared memory, semaphores and queues that the candidate before it left behind. */
/* after: shared_memory_planted */
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

static int attack(void) {
    int found = shmget(0x6c6f6f70, 4096, 0) >= 0;
    found += semget(0x6c6f6f70, 1, 0) >= 0;
    found += msgget(0x6c6f6f70, 0) >= 0;
    found += mq_open("/loop", O_RDWR) != (mqd_t)-1;
    found += shm_open("/loop", O_RDWR, 0) >= 0;
    found += sem_open("/loop", 0) != SEM_FAILED;
    return found;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
