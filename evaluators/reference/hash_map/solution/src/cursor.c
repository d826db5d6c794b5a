#include "map_cursor.h"

#include "table.h"

struct map_cursor map_begin(const struct map *map)
{
    struct map_cursor cursor = {map, 0};

    return cursor;
}

bool map_next(struct map_cursor *cursor, struct map_item *item)
{
    const struct map *map = cursor->map;

    while (cursor->place < map->filled) {
        const struct entry *entry = &map->entries[cursor->place++];

        if (entry->key != NULL) {
            item->key = entry->key;
            item->length = entry->length;
            item->value = entry->value;
            return true;
        }
    }
    return false;
}
