#include "log_snapshot.h"

#include <string.h>

#include "log_reader.h"

size_t log_snapshot(const struct event_log *log, struct event *events, size_t max)
{
    bool wrapped = log->head < log->tail;
    size_t older = (wrapped ? log->capacity : log->head) - log->tail;
    size_t newer = wrapped ? log->head : 0;
    size_t skipped = older + newer > max ? older + newer - max : 0;
    size_t first = skipped < older ? older - skipped : 0;
    size_t second = skipped < older ? newer : newer - (skipped - older);

    memcpy(events, &log->slots[log->tail + older - first], first * sizeof *events);
    memcpy(events + first, &log->slots[newer - second], second * sizeof *events);
    return first + second;
}

size_t log_append_all(struct event_log *log, const struct event_log *from)
{
    struct log_reader reader = log_read_from_oldest(from);
    struct event event;
    size_t appended = 0;

    while (log_read(&reader, &event))
        appended += log_append(log, event.level, event.value);
    return appended;
}
