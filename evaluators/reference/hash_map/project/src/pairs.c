#include "map.h"
#include "map_cursor.h"

enum map_status map_merge(struct map *into, const struct map *from)
{
    struct map_cursor cursor = map_begin(from);
    struct map_item item;

    while (map_next(&cursor, &item))
        if (map_put(into, item.key, item.length, item.value) == MAP_NO_MEMORY)
            return MAP_NO_MEMORY;
    return MAP_OK;
}

bool map_same(const struct map *a, const struct map *b)
{
    struct map_cursor cursor = map_begin(a);
    struct map_item item;
    int value;

    if (map_count(a) != map_count(b))
        return false;
    while (map_next(&cursor, &item))
        if (map_get(b, item.key, item.length, &value) != MAP_OK || value != item.value)
            return false;
    return true;
}
