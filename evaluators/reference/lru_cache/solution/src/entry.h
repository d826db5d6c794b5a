#ifndef ENTRY_H
#define ENTRY_H

#include "lru.h"

/* A value under its key. It hangs in two chains at once: its bucket of the table, and the order of use. */
struct entry {
    char key[LRU_KEY_MAX + 1];
    int value;
    unsigned pins; /* it is not evicted while there are any */
    struct entry *next;  /* in the bucket */
    struct entry *newer; /* in the order of use */
    struct entry *older;
};

#endif
