/* Overwrites its return address so that the driver's call returns into the code behind the reply. */
/* expect: wrong_answer|runtime_error|tamper|sanitizer|timeout */
#define _GNU_SOURCE
#include <stdint.h>

int total(const int *a, int n) {
    (void)a, (void)n;
    uintptr_t *frame = __builtin_frame_address(0);
    volatile uintptr_t *slot = frame + 1;
    *slot += 64;
    return 0;
}
