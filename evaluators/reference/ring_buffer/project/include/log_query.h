#ifndef LOG_QUERY_H
#define LOG_QUERY_H

#include "event_log.h"

const char *log_level_name(enum log_level level);

/* How many of the events that are kept have that level or a higher one. */
size_t log_count_from(const struct event_log *log, enum log_level level);

/* The newest event of that level; false when none is kept. */
bool log_find_newest(const struct event_log *log, enum log_level level, struct event *event);

/* Writes a line `number level value` for each event; at most size bytes, a NUL among them. Returns the length of the
   whole text. */
size_t log_write(const struct event_log *log, char *out, size_t size);

#endif
