#include "heap.h"

static int comes_before(const struct pq_item *a, const struct pq_item *b)
{
    return a->priority < b->priority || (a->priority == b->priority && a->id < b->id);
}

static void swap(struct pq_item *a, struct pq_item *b)
{
    struct pq_item old = *a;

    *a = *b;
    *b = old;
}

/* The more urgent one of the items below a place, or the place itself when there are none. */
static size_t first_below(const struct pqueue *queue, size_t at)
{
    size_t left = 2 * at + 1;

    if (left >= queue->count)
        return at;
    if (left + 1 < queue->count && comes_before(&queue->items[left + 1], &queue->items[left]))
        return left + 1;
    return left;
}

void heap_settle(struct pqueue *queue, size_t at)
{
    struct pq_item *items = queue->items;

    while (at > 0 && comes_before(&items[at], &items[(at - 1) / 2])) {
        swap(&items[at], &items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (;;) {
        size_t below = first_below(queue, at);

        if (below == at || !comes_before(&items[below], &items[at]))
            return;
        swap(&items[below], &items[at]);
        at = below;
    }
}

size_t heap_find(const struct pqueue *queue, int id)
{
    size_t at = 0;

    while (at < queue->count && queue->items[at].id != id)
        at++;
    return at;
}
