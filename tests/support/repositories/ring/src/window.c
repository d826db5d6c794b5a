#include "window.h"

int window_add(struct ring *ring, int value)
{
    int sum = 0;
    int oldest;

    if (ring_count(ring) == ring->capacity)
        ring_pop(ring, &oldest);
    ring_push(ring, value);
    for (int i = 0; i < ring->count; i++)
        sum += ring->items[(ring->head + i) % ring->capacity];
    return sum;
}

int window_largest(const struct ring *ring)
{
    int best;

    if (ring->count == 0)
        return 0;
    best = ring->items[ring->head];
    for (int i = 1; i < ring->count; i++) {
        int at = (ring->head + i) % ring->capacity;
        int item = ring->items[at];
        if (item > best)
            best = item;
    }
    return best;
}

int window_smallest(const struct ring *ring)
{
    int best;

    if (ring->count == 0)
        return 0;
    best = ring->items[ring->head];
    for (int i = 1; i < ring->count; i++) {
        int at = (ring->head + i) % ring->capacity;
        int item = ring->items[at];
        if (item < best)
            best = item;
    }
    return best;
}
