#ifndef ARENA_VECTOR_H
#define ARENA_VECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

/* Numbers in an arena. All zero but the arena is an empty one. It is void once the arena goes back behind its items. */
struct arena_vector {
    struct arena *arena;
    int *items;
    size_t count;
    size_t room;
};

/* False without memory. */
bool arena_vector_push(struct arena_vector *vector, int item);

/* Takes the last one off; false when there is none. */
bool arena_vector_pop(struct arena_vector *vector, int *item);

/* Puts it at a place, 0 to count; the ones from there on move up. False without memory or for a place behind that. */
bool arena_vector_insert(struct arena_vector *vector, size_t place, int item);

#endif
