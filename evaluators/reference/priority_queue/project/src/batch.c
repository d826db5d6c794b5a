#include "pq_batch.h"

#include <string.h>

#include "heap.h"

/* What the change at hand is about. */
static struct {
    size_t at;           /* where find() found the job */
    struct pq_item item; /* the job as it will be */
    int result;
} scratch;

static int find(const struct pqueue *queue, int id)
{
    scratch.at = heap_find(queue, id);
    return scratch.at < queue->count;
}

int pq_apply(struct pqueue *queue, const struct pq_change *changes, size_t count, struct pq_report *report)
{
    memset(report, 0, sizeof *report);
    for (size_t i = 0; i < count; i++) {
        scratch.item.id = changes[i].id;
        scratch.item.priority = changes[i].priority;
        scratch.result = PQ_OK;
        switch (changes[i].kind) {
        case PQ_ADD:
            if (find(queue, scratch.item.id)) {
                if (queue->items[scratch.at].priority <= scratch.item.priority) {
                    scratch.result = PQ_KNOWN;
                } else {
                    queue->items[scratch.at] = scratch.item;
                    heap_settle(queue, scratch.at);
                    report->moved++;
                }
            } else {
                if (queue->count == queue->capacity) {
                    scratch.result = PQ_FULL;
                } else {
                    queue->items[queue->count] = scratch.item;
                    queue->count++;
                    heap_settle(queue, queue->count - 1);
                    report->added++;
                }
            }
            break;
        case PQ_REMOVE:
            if (find(queue, scratch.item.id)) {
                queue->count--;
                if (scratch.at < queue->count) {
                    scratch.item = queue->items[queue->count];
                    queue->items[scratch.at] = scratch.item;
                    heap_settle(queue, scratch.at);
                }
                report->removed++;
            } else {
                scratch.result = PQ_UNKNOWN;
            }
            break;
        case PQ_MOVE:
            if (find(queue, scratch.item.id)) {
                if (queue->items[scratch.at].priority != scratch.item.priority) {
                    queue->items[scratch.at] = scratch.item;
                    heap_settle(queue, scratch.at);
                    report->moved++;
                }
            } else {
                scratch.result = PQ_UNKNOWN;
            }
            break;
        default:
            scratch.result = PQ_BAD_CHANGE;
            break;
        }
        if (scratch.result != PQ_OK) {
            if (report->refused == 0) {
                report->first_refused = i;
                report->reason = scratch.result;
            }
            report->refused++;
        }
    }
    return report->reason;
}
