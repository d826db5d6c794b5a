#ifndef MAP_CURSOR_H
#define MAP_CURSOR_H

#include "map.h"

/* A place in a map. */
struct map_cursor {
    const struct map *map;
    size_t place;
};

/* What a cursor shows: a key of `length` bytes, which belongs to the map, and its value. */
struct map_item {
    const char *key;
    size_t length;
    int value;
};

/* In front of the first entry. */
struct map_cursor map_begin(const struct map *map);

/* Goes on to the next entry and shows it; false when there is none. */
bool map_next(struct map_cursor *cursor, struct map_item *item);

#endif
