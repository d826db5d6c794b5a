#ifndef LRU_H
#define LRU_H

#include <stddef.h>

/* The longest key, in characters. */
#define LRU_KEY_MAX 31

/* What became of a call. */
enum lru_status {
    LRU_OK,
    LRU_MISSING,  /* no entry has this key */
    LRU_BAD_KEY,  /* the key is empty or longer than LRU_KEY_MAX */
    LRU_NO_MEMORY,
    LRU_FULL      /* every entry is pinned, so none can make room */
};

/* A cache of ints under string keys, which forgets what was not used for the longest time. */
struct lru;

/* What a cache has seen since it was made. */
struct lru_stats {
    unsigned long hits;
    unsigned long misses;
    unsigned long evictions;
};

/* Called once for each entry. */
typedef void lru_visitor(const char *key, int value, void *context);

/* A cache of at most `capacity` entries, from 1. NULL when there is no memory or the capacity is 0. */
struct lru *lru_new(size_t capacity);

/* Frees the cache and all its entries. NULL is fine. */
void lru_free(struct lru *cache);

/*
 * Keeps a value under a key, in the place of the one that was there. The entry is the most recently used one then.
 * A new entry evicts the least recently used one without a pin when the cache is full; LRU_FULL, and nothing changes,
 * when there is none.
 */
enum lru_status lru_put(struct lru *cache, const char *key, int value);

/* Looks a value up; its entry is the most recently used one then. Counts as a hit or a miss. */
enum lru_status lru_get(struct lru *cache, const char *key, int *value);

/* Looks a value up without using it: neither the order nor the counts change. */
enum lru_status lru_peek(const struct lru *cache, const char *key, int *value);

/*
 * Keeps an entry from being evicted until it is unpinned as often as it was pinned. This is no use of the entry:
 * neither the order nor the counts change.
 */
enum lru_status lru_pin(struct lru *cache, const char *key);

/* Takes one pin back. An entry without a pin stays as it is, and that is LRU_OK. */
enum lru_status lru_unpin(struct lru *cache, const char *key);

/* Forgets an entry. That is no eviction. */
enum lru_status lru_remove(struct lru *cache, const char *key);

/* How many entries there are. */
size_t lru_count(const struct lru *cache);

/* How many there may be. */
size_t lru_capacity(const struct lru *cache);

/* What the cache has seen. */
struct lru_stats lru_read_stats(const struct lru *cache);

/* Visits all entries, the most recently used one first. The visitor must not change the cache. */
void lru_each(const struct lru *cache, lru_visitor *visit, void *context);

#endif
