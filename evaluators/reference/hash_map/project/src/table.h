#ifndef TABLE_H
#define TABLE_H

#include <stdint.h>

#include "map.h"

/* key: the map's own copy; NULL once the entry is removed. */
struct entry {
    char *key;
    int value;
};

/* filled: entries in use, removed ones too; live: without those. index: for each slot the number of an entry, from 1;
   0 is free. slots is 0 or a power of two, room half of it. */
struct map {
    struct entry *entries;
    size_t filled;
    size_t live;
    size_t room;
    uint32_t *index;
    size_t slots;
};

/* The entry of a key, or NULL. */
struct entry *table_find(const struct map *map, const char *key, size_t length);

/* Adds a key that is not there. False without memory. */
bool table_add(struct map *map, const char *key, size_t length, int value);

/* Takes an entry away. */
void table_drop(struct map *map, struct entry *entry);

#endif
