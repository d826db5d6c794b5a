#ifndef MAP_H
#define MAP_H

#include <stdbool.h>
#include <stddef.h>

/* From keys to numbers. A key is `length` bytes, whatever they are. */
struct map;

enum map_status {
    MAP_OK,
    MAP_REPLACED, /* there was a value already */
    MAP_MISSING,
    MAP_NO_MEMORY /* nothing has changed */
};

/* An empty map, or NULL. */
struct map *map_new(void);
void map_free(struct map *map);

/* MAP_OK for a new key, MAP_REPLACED for one that was there. */
enum map_status map_put(struct map *map, const char *key, size_t length, int value);

/* MAP_MISSING leaves *value as it is. */
enum map_status map_get(const struct map *map, const char *key, size_t length, int *value);

/* MAP_OK or MAP_MISSING. */
enum map_status map_remove(struct map *map, const char *key, size_t length);

size_t map_count(const struct map *map);

/* Takes all keys away. */
void map_clear(struct map *map);

/* Puts all entries of a map into another one, in their order. MAP_NO_MEMORY: only some of them. */
enum map_status map_merge(struct map *into, const struct map *from);

/* Whether two maps have the same keys with the same values, in whatever order. */
bool map_same(const struct map *a, const struct map *b);

#endif
