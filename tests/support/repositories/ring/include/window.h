#ifndef WINDOW_H
#define WINDOW_H

#include "ring.h"

/* Puts a value into the ring; when it is full, the oldest one makes room for it. Returns the sum of all values. */
int window_add(struct ring *ring, int value);

/* The largest value, or 0 for an empty ring. */
int window_largest(const struct ring *ring);

/* The smallest value, or 0 for an empty ring. */
int window_smallest(const struct ring *ring);

#endif
