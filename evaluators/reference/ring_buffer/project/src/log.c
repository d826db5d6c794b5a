#include "event_log.h"

void log_init(struct event_log *log, struct event *slots, size_t capacity)
{
    *log = (struct event_log){.slots = slots, .capacity = capacity, .threshold = LOG_DEBUG};
}

void log_set_threshold(struct event_log *log, enum log_level threshold)
{
    log->threshold = threshold;
}

size_t log_size(const struct event_log *log)
{
    if (log->head >= log->tail)
        return log->head - log->tail;
    return log->capacity - log->tail + log->head;
}

void log_clear(struct event_log *log)
{
    log_forget(log, log_size(log));
}
