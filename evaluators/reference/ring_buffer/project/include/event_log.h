#ifndef EVENT_LOG_H
#define EVENT_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

struct event {
    unsigned long number;
    enum log_level level;
    int value;
};

/* The newest events, in slots of the caller's. tail: the slot of the oldest event; head: the slot that is written next.
   appended: how many events there ever were, which is the number of the next one. */
struct event_log {
    struct event *slots;
    size_t capacity;
    size_t head;
    size_t tail;
    unsigned long appended;
    enum log_level threshold;
};

/* An empty log over that many slots, 1 or more; its threshold is LOG_DEBUG. */
void log_init(struct event_log *log, struct event *slots, size_t capacity);

/* From now on events below that level are not appended. */
void log_set_threshold(struct event_log *log, enum log_level threshold);

/* How many events are kept. */
size_t log_size(const struct event_log *log);

/* False, and nothing happens, when the level is below the threshold. */
bool log_append(struct event_log *log, enum log_level level, int value);

/* Drops the oldest events, as many as asked for or there are. Returns how many. */
size_t log_forget(struct event_log *log, size_t count);

/* Drops all events. */
void log_clear(struct event_log *log);

#endif
