#include <string.h>

#include "check.h"
#include "lru.h"

static void append_key(const char *key, int value, void *context)
{
    (void)value;
    strcat(context, key);
}

/* The keys, the most recently used one first. */
static const char *order_of(const struct lru *cache)
{
    static char keys[256];

    keys[0] = '\0';
    lru_each(cache, append_key, keys);
    return keys;
}

static void finds_what_was_put(void)
{
    struct lru *cache = lru_new(3);
    int value = 0;

    CHECK(lru_put(cache, "a", 1) == LRU_OK);
    CHECK(lru_put(cache, "b", 2) == LRU_OK);
    CHECK(lru_get(cache, "a", &value) == LRU_OK && value == 1);
    CHECK(lru_get(cache, "c", &value) == LRU_MISSING && value == 1);
    CHECK(lru_put(cache, "a", 7) == LRU_OK && lru_count(cache) == 2);
    CHECK(lru_peek(cache, "a", &value) == LRU_OK && value == 7);
    lru_free(cache);
}

static void the_least_recently_used_entry_goes_first(void)
{
    struct lru *cache = lru_new(3);
    int value;

    lru_put(cache, "a", 1);
    lru_put(cache, "b", 2);
    lru_put(cache, "c", 3);
    CHECK(strcmp(order_of(cache), "cba") == 0);
    lru_get(cache, "a", &value);
    lru_peek(cache, "b", &value);
    CHECK(strcmp(order_of(cache), "acb") == 0);
    lru_put(cache, "d", 4);
    CHECK(strcmp(order_of(cache), "dac") == 0);
    lru_put(cache, "c", 5);
    CHECK(strcmp(order_of(cache), "cda") == 0);
    CHECK(lru_read_stats(cache).evictions == 1);
    lru_free(cache);
}

static void removing_is_no_eviction(void)
{
    struct lru *cache = lru_new(2);

    lru_put(cache, "a", 1);
    lru_put(cache, "b", 2);
    CHECK(lru_remove(cache, "a") == LRU_OK);
    CHECK(lru_remove(cache, "a") == LRU_MISSING);
    lru_put(cache, "c", 3);
    CHECK(strcmp(order_of(cache), "cb") == 0);
    CHECK(lru_read_stats(cache).evictions == 0);
    lru_free(cache);
}

static void keys_have_a_longest_length(void)
{
    struct lru *cache = lru_new(2);

    CHECK(lru_put(cache, "", 1) == LRU_BAD_KEY);
    CHECK(lru_put(cache, "1234567890123456789012345678901", 1) == LRU_OK);
    CHECK(lru_put(cache, "12345678901234567890123456789012", 1) == LRU_BAD_KEY);
    CHECK(lru_count(cache) == 1 && lru_capacity(cache) == 2);
    lru_free(cache);
    CHECK(lru_new(0) == NULL);
}

static void many_entries_come_and_go(void)
{
    struct lru *cache = lru_new(100);
    char key[16];
    int value;

    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "key %d", i);
        CHECK(lru_put(cache, key, i) == LRU_OK);
    }
    CHECK(lru_count(cache) == 100);
    CHECK(lru_get(cache, "key 899", &value) == LRU_MISSING);
    CHECK(lru_get(cache, "key 900", &value) == LRU_OK && value == 900);
    CHECK(lru_read_stats(cache).hits == 1 && lru_read_stats(cache).misses == 1);
    lru_free(cache);
}

int main(void)
{
    finds_what_was_put();
    the_least_recently_used_entry_goes_first();
    removing_is_no_eviction();
    keys_have_a_longest_length();
    many_entries_come_and_go();
    puts("test_lru: passed");
    return 0;
}
