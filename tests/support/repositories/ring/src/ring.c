#include "ring.h"

void ring_init(struct ring *ring, int capacity)
{
    if (capacity < 1)
        capacity = 1;
    if (capacity > RING_MAX)
        capacity = RING_MAX;
    ring->capacity = capacity;
    ring->head = 0;
    ring->count = 0;
}

int ring_push(struct ring *ring, int value)
{
    int at;

    if (ring->count == ring->capacity)
        return 0;
    at = (ring->head + ring->count) % ring->capacity;
    ring->items[at] = value;
    ring->count++;
    return 1;
}

int ring_pop(struct ring *ring, int *value)
{
    if (ring->count == 0)
        return 0;
    *value = ring->items[ring->head];
    ring->head = (ring->head + 1) % ring->capacity;
    ring->count--;
    return 1;
}

int ring_count(const struct ring *ring)
{
    return ring->count;
}
