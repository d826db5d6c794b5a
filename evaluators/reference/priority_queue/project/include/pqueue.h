#ifndef PQUEUE_H
#define PQUEUE_H

#include <stddef.h>

/*
 * A queue of jobs. The most urgent job has the smallest priority; of two with the same priority, the one with the
 * smaller id comes first. No id is in the queue twice.
 */
struct pqueue;

struct pq_item {
    int id;
    int priority;
};

enum pq_error {
    PQ_OK = 0,
    PQ_EMPTY = -1,     /* there is no job in the queue */
    PQ_FULL = -2,      /* there is no room for a further job */
    PQ_KNOWN = -3,     /* the id is in the queue already */
    PQ_UNKNOWN = -4,   /* the id is not in the queue */
    PQ_BAD_CHANGE = -5 /* a change of no known kind */
};

/* An empty queue for at most `capacity` jobs, or NULL when there is no memory. */
struct pqueue *pq_create(size_t capacity);

/* Frees the queue; NULL is let through. */
void pq_destroy(struct pqueue *queue);

size_t pq_size(const struct pqueue *queue);

/* Returns PQ_OK, PQ_KNOWN or PQ_FULL; PQ_KNOWN when both are true. */
int pq_push(struct pqueue *queue, int id, int priority);

/* Stores the most urgent job in *item. Returns PQ_OK, or PQ_EMPTY with *item as it was. */
int pq_peek(const struct pqueue *queue, struct pq_item *item);

/* The same, and takes the job out of the queue. */
int pq_pop(struct pqueue *queue, struct pq_item *item);

/* Stores a job's priority in *priority. Returns PQ_OK or PQ_UNKNOWN. */
int pq_priority(const struct pqueue *queue, int id, int *priority);

/* Moves jobs from one queue to the other, the most urgent first, until one is refused. Returns how many were moved. */
size_t pq_move_all(struct pqueue *to, struct pqueue *from);

#endif
