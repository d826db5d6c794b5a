#include <stddef.h>

#include "pq_batch.h"
#include "pqueue.h"

#define MAX_BATCH 8

static struct pq_change change_of(int operation)
{
    static const int kinds[] = {PQ_ADD, PQ_ADD, PQ_ADD, PQ_REMOVE, PQ_MOVE, PQ_MOVE, PQ_MOVE + 1};
    struct pq_change change;

    operation -= 1000;
    change.kind = (enum pq_kind)kinds[operation % 7];
    change.id = operation / 7 % 8;
    change.priority = operation / 56 - 4;
    return change;
}

/* The report in decimal places, with the queue behind it. */
static int shown(const struct pqueue *queue, const struct pq_report *report)
{
    struct pq_item first = {9, 9};
    int sum = pq_peek(queue, &first) + 1;

    sum = 16 * sum + first.id;
    sum = 16 * sum + first.priority + 4;
    sum = 10 * sum + (int)report->added;
    sum = 10 * sum + (int)report->removed;
    sum = 10 * sum + (int)report->moved;
    sum = 10 * sum + (int)report->refused;
    sum = 10 * sum + (int)report->first_refused;
    return 8 * sum - report->reason;
}

/* What is left, in the order in which it comes out. */
static int drained(struct pqueue *queue)
{
    struct pq_item item;
    int sum = (int)pq_size(queue);

    while (pq_pop(queue, &item) == PQ_OK)
        sum = (31 * sum + 16 * item.id + item.priority + 4) % 1000003;
    return sum;
}
// probe
int probe_batches(const int *operations, int n, int capacity, int batch, int *out)
{
    struct pqueue *queue = pq_create((size_t)capacity);
    struct pq_change changes[MAX_BATCH];
    struct pq_report report;
    int wrong = 0, left;

    for (int start = 0; start < n; start += batch) {
        int count = n - start < batch ? n - start : batch;

        for (int i = 0; i < count; i++)
            changes[i] = change_of(operations[start + i]);
        wrong += pq_apply(queue, changes, (size_t)count, &report) != report.reason;
        out[start] = shown(queue, &report);
    }
    left = drained(queue);
    pq_destroy(queue);
    return 2 * left + (wrong > 0);
}
