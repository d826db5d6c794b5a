#include "pq_batch.h"

#include <string.h>

#include "heap.h"

static int apply_add(struct pqueue *queue, struct pq_item item, struct pq_report *report)
{
    size_t at = heap_find(queue, item.id);

    if (at < queue->count) {
        if (queue->items[at].priority <= item.priority)
            return PQ_KNOWN;
        report->moved++;
    } else {
        if (queue->count == queue->capacity)
            return PQ_FULL;
        queue->count++;
        report->added++;
    }
    queue->items[at] = item;
    heap_settle(queue, at);
    return PQ_OK;
}

static int apply_remove(struct pqueue *queue, struct pq_item item, struct pq_report *report)
{
    size_t at = heap_find(queue, item.id);

    if (at == queue->count)
        return PQ_UNKNOWN;
    queue->count--;
    if (at < queue->count) {
        queue->items[at] = queue->items[queue->count];
        heap_settle(queue, at);
    }
    report->removed++;
    return PQ_OK;
}

static int apply_move(struct pqueue *queue, struct pq_item item, struct pq_report *report)
{
    size_t at = heap_find(queue, item.id);

    if (at == queue->count)
        return PQ_UNKNOWN;
    if (queue->items[at].priority != item.priority) {
        queue->items[at] = item;
        heap_settle(queue, at);
        report->moved++;
    }
    return PQ_OK;
}

int pq_apply(struct pqueue *queue, const struct pq_change *changes, size_t count, struct pq_report *report)
{
    memset(report, 0, sizeof *report);
    for (size_t i = 0; i < count; i++) {
        struct pq_item item = {changes[i].id, changes[i].priority};
        int result = PQ_BAD_CHANGE;

        if (changes[i].kind == PQ_ADD)
            result = apply_add(queue, item, report);
        else if (changes[i].kind == PQ_REMOVE)
            result = apply_remove(queue, item, report);
        else if (changes[i].kind == PQ_MOVE)
            result = apply_move(queue, item, report);
        if (result != PQ_OK && report->refused++ == 0) {
            report->first_refused = i;
            report->reason = result;
        }
    }
    return report->reason;
}
