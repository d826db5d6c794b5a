/* Replays a trace from standard input against a cache of the given capacity. */
#include <stdio.h>
#include <stdlib.h>

#include "lru.h"
#include "trace.h"

#define LINE_MAX_LENGTH 256

static void replay(struct lru *cache, const struct trace_step *step)
{
    int value;

    switch (step->verb) {
    case TRACE_PUT:
        if (lru_put(cache, step->key, step->value) != LRU_OK)
            printf("put %s: failed\n", step->key);
        break;
    case TRACE_GET:
        if (lru_get(cache, step->key, &value) == LRU_OK)
            printf("get %s: %d\n", step->key, value);
        else
            printf("get %s: missing\n", step->key);
        break;
    case TRACE_REMOVE:
        if (lru_remove(cache, step->key) != LRU_OK)
            printf("remove %s: missing\n", step->key);
        break;
    case TRACE_NOTHING:
        break;
    }
}

static void report(const struct lru *cache)
{
    struct lru_stats seen = lru_read_stats(cache);

    printf("%zu of %zu entries, %lu hits, %lu misses, %lu evictions\n", lru_count(cache), lru_capacity(cache),
           seen.hits, seen.misses, seen.evictions);
}

int main(int argc, char **argv)
{
    char line[LINE_MAX_LENGTH];
    struct trace_step step;
    struct lru *cache;
    unsigned long number = 0;

    cache = argc == 2 ? lru_new(strtoul(argv[1], NULL, 10)) : NULL;
    if (!cache) {
        fprintf(stderr, "usage: lrusim CAPACITY < TRACE\n");
        return 2;
    }
    while (fgets(line, sizeof line, stdin)) {
        number++;
        if (!trace_parse(line, &step)) {
            fprintf(stderr, "line %lu cannot be read\n", number);
            lru_free(cache);
            return 1;
        }
        replay(cache, &step);
    }
    report(cache);
    lru_free(cache);
    return 0;
}
