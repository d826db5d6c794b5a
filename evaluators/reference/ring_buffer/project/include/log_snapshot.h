#ifndef LOG_SNAPSHOT_H
#define LOG_SNAPSHOT_H

#include "event_log.h"

/* Copies the newest events, the oldest of them first; at most max. Returns how many. */
size_t log_snapshot(const struct event_log *log, struct event *events, size_t max);

/* Appends what another log holds and the threshold lets through, under new numbers. Returns how many were appended. */
size_t log_append_all(struct event_log *log, const struct event_log *from);

#endif
