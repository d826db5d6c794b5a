#ifndef STATS_H
#define STATS_H

#include <stdio.h>

#include "event.h"

#define STATS_SOURCES 16

/* What was handed out, by source; sources outside [0, STATS_SOURCES) share the last row. */
struct stats {
    long handed_out[STATS_SOURCES + 1];
    long merged[STATS_SOURCES + 1]; /* posts that found their happening waiting already */
    int last_due;
};

void stats_init(struct stats *stats);

/* Counts an event that was handed out. */
void stats_count(struct stats *stats, const struct event *event);

/* Events handed out, of all sources together. */
long stats_total(const struct stats *stats);

/* Writes a line for each source that had an event. */
void stats_print(const struct stats *stats, FILE *out);

#endif
