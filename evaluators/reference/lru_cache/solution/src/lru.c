#include "lru.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "entry.h"
#include "recency.h"
#include "table.h"

struct lru {
    struct table table;
    struct recency order;
    struct lru_stats stats;
    size_t capacity;
    size_t count;
};

static bool key_fits(const char *key)
{
    size_t length = strlen(key);

    return length > 0 && length <= LRU_KEY_MAX;
}

static struct entry *new_entry(const char *key, int value)
{
    struct entry *entry = calloc(1, sizeof *entry);

    if (entry) {
        memcpy(entry->key, key, strlen(key) + 1);
        entry->value = value;
    }
    return entry;
}

/* Takes an entry out of everything and frees it. */
static void discard(struct lru *cache, struct entry *entry)
{
    table_remove(&cache->table, entry);
    recency_drop(&cache->order, entry);
    cache->count--;
    free(entry);
}

/* Makes room for one entry in a full cache. False when all entries are pinned. */
static bool evict_one(struct lru *cache)
{
    struct entry *victim = cache->order.oldest;

    while (victim && victim->pins > 0)
        victim = victim->newer;
    if (!victim)
        return false;
    discard(cache, victim);
    cache->stats.evictions++;
    return true;
}

struct lru *lru_new(size_t capacity)
{
    struct lru *cache;

    if (capacity == 0)
        return NULL;
    cache = calloc(1, sizeof *cache);
    if (!cache)
        return NULL;
    if (!table_init(&cache->table, capacity)) {
        free(cache);
        return NULL;
    }
    cache->capacity = capacity;
    return cache;
}

void lru_free(struct lru *cache)
{
    if (!cache)
        return;
    while (cache->order.newest)
        discard(cache, cache->order.newest);
    table_done(&cache->table);
    free(cache);
}

enum lru_status lru_put(struct lru *cache, const char *key, int value)
{
    struct entry *entry;

    if (!key_fits(key))
        return LRU_BAD_KEY;
    entry = table_find(&cache->table, key);
    if (entry) {
        entry->value = value;
        recency_touch(&cache->order, entry);
        return LRU_OK;
    }
    entry = new_entry(key, value);
    if (!entry)
        return LRU_NO_MEMORY;
    if (cache->count == cache->capacity && !evict_one(cache)) {
        free(entry);
        return LRU_FULL;
    }
    table_insert(&cache->table, entry);
    recency_push(&cache->order, entry);
    cache->count++;
    return LRU_OK;
}

enum lru_status lru_get(struct lru *cache, const char *key, int *value)
{
    struct entry *entry = table_find(&cache->table, key);

    if (!entry) {
        cache->stats.misses++;
        return LRU_MISSING;
    }
    cache->stats.hits++;
    recency_touch(&cache->order, entry);
    *value = entry->value;
    return LRU_OK;
}

enum lru_status lru_peek(const struct lru *cache, const char *key, int *value)
{
    const struct entry *entry = table_find(&cache->table, key);

    if (!entry)
        return LRU_MISSING;
    *value = entry->value;
    return LRU_OK;
}

enum lru_status lru_pin(struct lru *cache, const char *key)
{
    struct entry *entry = table_find(&cache->table, key);

    if (!entry)
        return LRU_MISSING;
    entry->pins++;
    return LRU_OK;
}

enum lru_status lru_unpin(struct lru *cache, const char *key)
{
    struct entry *entry = table_find(&cache->table, key);

    if (!entry)
        return LRU_MISSING;
    if (entry->pins > 0)
        entry->pins--;
    return LRU_OK;
}

enum lru_status lru_remove(struct lru *cache, const char *key)
{
    struct entry *entry = table_find(&cache->table, key);

    if (!entry)
        return LRU_MISSING;
    discard(cache, entry);
    return LRU_OK;
}

size_t lru_count(const struct lru *cache)
{
    return cache->count;
}

size_t lru_capacity(const struct lru *cache)
{
    return cache->capacity;
}

struct lru_stats lru_read_stats(const struct lru *cache)
{
    return cache->stats;
}

void lru_each(const struct lru *cache, lru_visitor *visit, void *context)
{
    for (const struct entry *entry = cache->order.newest; entry; entry = entry->older)
        visit(entry->key, entry->value, context);
}
