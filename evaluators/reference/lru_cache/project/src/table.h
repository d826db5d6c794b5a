#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "entry.h"

/* Entries by their keys: buckets of chained entries. The table does not own them. */
struct table {
    struct entry **buckets;
    size_t size; /* buckets; a power of two */
};

/* A table for about `expected` entries. False when there is no memory. */
bool table_init(struct table *table, size_t expected);

/* Frees the buckets, not the entries. */
void table_done(struct table *table);

/* The entry with a key, or NULL. */
struct entry *table_find(const struct table *table, const char *key);

/* Adds an entry whose key is not there yet. */
void table_insert(struct table *table, struct entry *entry);

/* Takes out an entry that is there. */
void table_remove(struct table *table, struct entry *entry);

#endif
