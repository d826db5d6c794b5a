#include "table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST_TABLE 8
#define LARGEST_TABLE ((size_t)1 << 20)

/* FNV-1a, 32 bits. */
static uint32_t hash_of(const char *key)
{
    uint32_t hash = 2166136261u;

    for (; *key; key++) {
        hash ^= (unsigned char)*key;
        hash *= 16777619u;
    }
    return hash;
}

/* The link that leads to the first entry of a key's bucket. */
static struct entry **bucket_of(const struct table *table, const char *key)
{
    return &table->buckets[hash_of(key) & (table->size - 1)];
}

bool table_init(struct table *table, size_t expected)
{
    table->size = SMALLEST_TABLE;
    while (table->size < expected && table->size < LARGEST_TABLE)
        table->size *= 2;
    table->buckets = calloc(table->size, sizeof *table->buckets);
    return table->buckets != NULL;
}

void table_done(struct table *table)
{
    free(table->buckets);
    table->buckets = NULL;
    table->size = 0;
}

struct entry *table_find(const struct table *table, const char *key)
{
    struct entry *found = *bucket_of(table, key);

    while (found && strcmp(found->key, key) != 0)
        found = found->next;
    return found;
}

void table_insert(struct table *table, struct entry *entry)
{
    struct entry **bucket = bucket_of(table, entry->key);

    entry->next = *bucket;
    *bucket = entry;
}

void table_remove(struct table *table, struct entry *entry)
{
    struct entry **link = bucket_of(table, entry->key);

    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    entry->next = NULL;
}
