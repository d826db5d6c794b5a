#ifndef RING_H
#define RING_H

#define RING_MAX 16

/* A queue of at most `capacity` ints; the oldest stands at `head`. */
struct ring {
    int items[RING_MAX];
    int capacity;
    int head;
    int count;
};

/* capacity: from 1 to RING_MAX; anything else is brought into that range. */
void ring_init(struct ring *ring, int capacity);

/* Puts a value behind the others. Returns 1, or 0 when the ring is full. */
int ring_push(struct ring *ring, int value);

/* Takes the oldest value. Returns 1, or 0 when the ring is empty. */
int ring_pop(struct ring *ring, int *value);

/* How many values are in it. */
int ring_count(const struct ring *ring);

#endif
