#ifndef PQ_BATCH_H
#define PQ_BATCH_H

#include "pqueue.h"

enum pq_kind {
    PQ_ADD,    /* a new job; one that is in the queue already and less urgent than that gets the new priority */
    PQ_REMOVE, /* a job leaves the queue, wherever it stands; its priority in the change does not matter */
    PQ_MOVE    /* a job gets a new priority */
};

struct pq_change {
    enum pq_kind kind;
    int id;
    int priority;
};

struct pq_report {
    size_t added;         /* jobs that are new */
    size_t removed;       /* jobs that have left */
    size_t moved;         /* jobs whose priority is another one now */
    size_t refused;       /* changes that were not made */
    size_t first_refused; /* place of the first of them among the changes, 0 when there is none */
    int reason;           /* its error, PQ_OK when there is none */
};

/*
 * Makes the changes one after another; a change that is refused does not stop those behind it. Returns
 * report->reason.
 *
 * PQ_ADD is refused as PQ_KNOWN (the job is there and at least as urgent) or PQ_FULL, PQ_REMOVE and PQ_MOVE as
 * PQ_UNKNOWN, anything else as PQ_BAD_CHANGE. A PQ_MOVE to the priority that the job has is no error and is not
 * counted.
 */
int pq_apply(struct pqueue *queue, const struct pq_change *changes, size_t count, struct pq_report *report);

#endif
