#include "map.h"

#include <stdlib.h>

#include "table.h"

struct map *map_new(void)
{
    return calloc(1, sizeof(struct map));
}

void map_clear(struct map *map)
{
    for (size_t i = 0; i < map->filled; i++)
        free(map->entries[i].key);
    free(map->entries);
    free(map->index);
    *map = (struct map){0};
}

void map_free(struct map *map)
{
    if (map == NULL)
        return;
    map_clear(map);
    free(map);
}

enum map_status map_put(struct map *map, const char *key, size_t length, int value)
{
    struct entry *entry = table_find(map, key, length);

    if (entry == NULL)
        return table_add(map, key, length, value) ? MAP_OK : MAP_NO_MEMORY;
    entry->value = value;
    return MAP_REPLACED;
}

enum map_status map_get(const struct map *map, const char *key, size_t length, int *value)
{
    const struct entry *entry = table_find(map, key, length);

    if (entry == NULL)
        return MAP_MISSING;
    *value = entry->value;
    return MAP_OK;
}

enum map_status map_remove(struct map *map, const char *key, size_t length)
{
    struct entry *entry = table_find(map, key, length);

    if (entry == NULL)
        return MAP_MISSING;
    table_drop(map, entry);
    return MAP_OK;
}

size_t map_count(const struct map *map)
{
    return map->live;
}
