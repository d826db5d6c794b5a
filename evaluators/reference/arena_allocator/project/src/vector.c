#include "arena_vector.h"

#include <string.h>

enum { FIRST_ROOM = 8 };

static bool make_room(struct arena_vector *vector)
{
    size_t room = vector->room > 0 ? 2 * vector->room : FIRST_ROOM;
    size_t size = sizeof *vector->items;
    int *items;

    if (vector->count < vector->room)
        return true;
    if (vector->items == NULL)
        items = arena_take(vector->arena, room * size);
    else
        items = arena_grow(vector->arena, vector->items, vector->room * size, room * size);
    if (items == NULL)
        return false;
    vector->items = items;
    vector->room = room;
    return true;
}

bool arena_vector_push(struct arena_vector *vector, int item)
{
    return arena_vector_insert(vector, vector->count, item);
}

bool arena_vector_pop(struct arena_vector *vector, int *item)
{
    if (vector->count == 0)
        return false;
    *item = vector->items[--vector->count];
    return true;
}

bool arena_vector_insert(struct arena_vector *vector, size_t place, int item)
{
    if (place > vector->count || !make_room(vector))
        return false;
    memmove(&vector->items[place + 1], &vector->items[place], (vector->count - place) * sizeof item);
    vector->items[place] = item;
    vector->count++;
    return true;
}
