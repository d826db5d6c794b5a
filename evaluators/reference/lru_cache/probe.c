#include "lru.h"

#define KEYS 5

static void note(const char *key, int value, void *context)
{
    int *seen = context;

    *seen = *seen * 97 % 99991 + 20 * (key[0] - 'a' + 1) + value % 20;
}

/* One operation on one of five keys; a look-up also shows what it found. */
static int use(struct lru *cache, int operation, int step)
{
    char key[2] = {(char)('a' + operation % KEYS), '\0'};
    int value = 50;
    int status;

    switch (operation / KEYS) {
    case 0:
    case 1:
    case 2:
        status = (int)lru_put(cache, key, step);
        break;
    case 3:
        status = (int)lru_get(cache, key, &value);
        break;
    case 4:
        status = (int)lru_peek(cache, key, &value);
        break;
    case 5:
    case 6:
        status = (int)lru_pin(cache, key);
        break;
    case 7:
    case 8:
        status = (int)lru_unpin(cache, key);
        break;
    default:
        status = (int)lru_remove(cache, key);
        break;
    }
    if (status == (int)LRU_FULL)
        status = 9;
    return 1000 * status + 10 * value + (int)lru_count(cache);
}

// probe
int probe_pins(const int *operations, int n, int capacity, int *out, int *stats)
{
    struct lru *cache = lru_new((size_t)capacity);
    struct lru_stats seen;
    int order = 0;

    for (int i = 0; i < n; i++)
        out[i] = use(cache, operations[i], i);
    lru_each(cache, note, &order);
    seen = lru_read_stats(cache);
    stats[0] = (int)seen.hits;
    stats[1] = (int)seen.misses;
    stats[2] = (int)seen.evictions;
    lru_free(cache);
    return order;
}
