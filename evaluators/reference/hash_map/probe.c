#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "map_cursor.h"
#include "map_text.h"

#define KEYS 16
#define KEY(text) {text, sizeof text - 1}

static const struct {
    const char *bytes;
    size_t length;
} keys[KEYS] = {
    KEY("a"), KEY("a\0b"), KEY("a\0c"), KEY("a\0"), KEY(""), KEY("\0"), KEY("\0\0"), KEY("\0a"),
    KEY("b"), KEY("ab"), KEY("a\0bc"), KEY("b\0b"), KEY("\0b"), KEY("\377\0\1"), KEY("\377\0\2"), KEY("a\0b\0a"),
};

/* A key in memory of exactly its size. */
static char *key_at(int place)
{
    size_t length = keys[place].length;
    char *key = malloc(length > 0 ? length : 1);

    memcpy(key, keys[place].bytes, length);
    return key;
}

static int use(struct map *map, int operation, int value)
{
    int place = operation < 0 ? (-operation - 1) % KEYS : operation % KEYS;
    size_t length = keys[place].length;
    char *key = key_at(place);
    int result;

    if (operation < 0) {
        result = 10 + (int)map_remove(map, key, length);
    } else if (operation < KEYS) {
        result = 20 + (int)map_put(map, key, length, value);
    } else {
        value = 0;
        result = 30 + (int)map_get(map, key, length, &value) + 100 * value;
    }
    free(key);
    return result;
}

/* What a cursor shows: length, a sum over the bytes, and value of each entry; how much of out it is. */
static int show(const struct map *map, int *out)
{
    struct map_cursor cursor = map_begin(map);
    struct map_item item;
    int used = 0;

    while (map_next(&cursor, &item)) {
        int sum = (unsigned char)item.key[item.length];

        for (size_t i = 0; i < item.length; i++)
            sum = (31 * sum + (unsigned char)item.key[i] + 1) % 65521;
        out[used++] = (int)item.length;
        out[used++] = sum;
        out[used++] = item.value;
    }
    return used;
}

// probe
int probe_map(const int *operations, int n, int split, int *out)
{
    struct map *first = map_new(), *second = map_new();
    char text[256];
    int used = 0;

    for (int i = 0; i < n; i++) {
        out[used++] = use(i < split ? first : second, operations[i], i + 1);
        out[used++] = (int)(map_count(first) + 100 * map_count(second));
    }
    used += show(first, out + used);
    out[used++] = map_same(first, second);
    out[used++] = (int)map_merge(first, second);
    used += show(first, out + used);
    out[used++] = (int)map_write(first, text, sizeof text);
    map_clear(second);
    out[used++] = map_read(second, text);
    out[used++] = map_same(first, second);
    map_free(first);
    map_free(second);
    return used;
}
