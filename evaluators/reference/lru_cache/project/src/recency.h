#ifndef RECENCY_H
#define RECENCY_H

#include "entry.h"

/* Entries in the order of their use. Empty when both ends are NULL. */
struct recency {
    struct entry *newest;
    struct entry *oldest;
};

/* Puts an entry that is in no order at the newest end. */
void recency_push(struct recency *order, struct entry *entry);

/* Takes an entry out. */
void recency_drop(struct recency *order, struct entry *entry);

/* Makes an entry the newest one. */
void recency_touch(struct recency *order, struct entry *entry);

#endif
