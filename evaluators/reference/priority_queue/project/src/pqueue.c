#include "pqueue.h"

#include <stdlib.h>

#include "heap.h"

struct pqueue *pq_create(size_t capacity)
{
    struct pqueue *queue = malloc(sizeof *queue + capacity * sizeof queue->items[0]);

    if (queue == NULL)
        return NULL;
    queue->count = 0;
    queue->capacity = capacity;
    return queue;
}

void pq_destroy(struct pqueue *queue)
{
    free(queue);
}

size_t pq_size(const struct pqueue *queue)
{
    return queue->count;
}

int pq_push(struct pqueue *queue, int id, int priority)
{
    if (heap_find(queue, id) < queue->count)
        return PQ_KNOWN;
    if (queue->count == queue->capacity)
        return PQ_FULL;
    queue->items[queue->count] = (struct pq_item){id, priority};
    queue->count++;
    heap_settle(queue, queue->count - 1);
    return PQ_OK;
}

int pq_peek(const struct pqueue *queue, struct pq_item *item)
{
    if (queue->count == 0)
        return PQ_EMPTY;
    *item = queue->items[0];
    return PQ_OK;
}

int pq_pop(struct pqueue *queue, struct pq_item *item)
{
    if (pq_peek(queue, item) != PQ_OK)
        return PQ_EMPTY;
    queue->count--;
    queue->items[0] = queue->items[queue->count];
    heap_settle(queue, 0);
    return PQ_OK;
}

int pq_priority(const struct pqueue *queue, int id, int *priority)
{
    size_t at = heap_find(queue, id);

    if (at == queue->count)
        return PQ_UNKNOWN;
    *priority = queue->items[at].priority;
    return PQ_OK;
}

size_t pq_move_all(struct pqueue *to, struct pqueue *from)
{
    struct pq_item item;
    size_t moved = 0;

    while (pq_peek(from, &item) == PQ_OK && pq_push(to, item.id, item.priority) == PQ_OK) {
        pq_pop(from, &item);
        moved++;
    }
    return moved;
}
