/* Leaves its answer in System V and POSIX shared memory, semaphores and message queues. */
/* expect: wrong_answer|runtime_error */
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
    shmget(0x6c6f6f70, 4096, IPC_CREAT | 0666);
    semget(0x6c6f6f70, 1, IPC_CREAT | 0666);
    msgget(0x6c6f6f70, IPC_CREAT | 0666);
    mq_open("/loop", O_CREAT | O_RDWR, 0666, 0);
    shm_open("/loop", O_CREAT | O_RDWR, 0666);
    sem_open("/loop", O_CREAT, 0666, 1);
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
