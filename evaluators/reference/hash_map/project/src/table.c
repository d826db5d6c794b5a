#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "key.h"

enum { FIRST_SLOTS = 8 };

static size_t slot_behind(const struct map *map, size_t slot)
{
    return (slot + 1) & (map->slots - 1);
}

static size_t first_slot(const struct map *map, uint32_t hash)
{
    return hash & (map->slots - 1);
}

struct entry *table_find(const struct map *map, const char *key, size_t length)
{
    size_t slot;

    if (map->slots == 0)
        return NULL;
    slot = first_slot(map, key_hash(key, length));
    for (; map->index[slot] != 0; slot = slot_behind(map, slot)) {
        struct entry *entry = &map->entries[map->index[slot] - 1];

        if (entry->key != NULL && key_equal(entry->key, key, length))
            return entry;
    }
    return NULL;
}

/* Notes in the first free slot where the entry stands that is filled next, and counts it. */
static void index_next(struct map *map, uint32_t hash)
{
    size_t slot = first_slot(map, hash);

    while (map->index[slot] != 0)
        slot = slot_behind(map, slot);
    map->filled++;
    map->live++;
    map->index[slot] = (uint32_t)map->filled;
}

/* An empty table in which so many entries take half of the room; entries is NULL without memory. */
static struct map table_for(size_t count)
{
    struct map table = {.slots = FIRST_SLOTS};

    while (table.slots / 4 <= count)
        table.slots *= 2;
    table.room = table.slots / 2;
    table.index = calloc(table.slots, sizeof *table.index);
    table.entries = table.index != NULL ? calloc(table.room, sizeof *table.entries) : NULL;
    if (table.entries == NULL)
        free(table.index);
    return table;
}

/* Moves the entries that are left to a table that has room for more. False without memory. */
static bool rebuild(struct map *map)
{
    struct map table = table_for(map->live);

    if (table.entries == NULL)
        return false;
    for (size_t i = 0; i < map->filled; i++) {
        const struct entry *entry = &map->entries[i];

        if (entry->key == NULL)
            continue;
        table.entries[table.filled] = *entry;
        index_next(&table, key_hash(entry->key, strlen(entry->key)));
    }
    free(map->entries);
    free(map->index);
    *map = table;
    return true;
}

bool table_add(struct map *map, const char *key, size_t length, int value)
{
    char *copy;

    if (map->filled == map->room && !rebuild(map))
        return false;
    copy = key_copy(key, length);
    if (copy == NULL)
        return false;
    map->entries[map->filled] = (struct entry){copy, value};
    index_next(map, key_hash(key, length));
    return true;
}

void table_drop(struct map *map, struct entry *entry)
{
    free(entry->key);
    entry->key = NULL;
    map->live--;
}
