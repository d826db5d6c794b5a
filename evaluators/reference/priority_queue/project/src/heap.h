/* The binary heap inside a queue; for the library's own files. */
#ifndef HEAP_H
#define HEAP_H

#include "pqueue.h"

/* items[0] is the most urgent job; the jobs below items[i] are items[2 * i + 1] and items[2 * i + 2]. */
struct pqueue {
    size_t count;
    size_t capacity;
    struct pq_item items[];
};

/* Moves the item at a place to where it belongs, while all others are in order. */
void heap_settle(struct pqueue *queue, size_t at);

/* The place of the item with this id, or queue->count when there is none. */
size_t heap_find(const struct pqueue *queue, int id);

#endif
