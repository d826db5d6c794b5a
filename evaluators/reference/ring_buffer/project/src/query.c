#include "log_query.h"

#include <stdio.h>

#include "log_reader.h"

const char *log_level_name(enum log_level level)
{
    switch (level) {
    case LOG_DEBUG:
        return "debug";
    case LOG_INFO:
        return "info";
    case LOG_WARNING:
        return "warning";
    case LOG_ERROR:
        return "error";
    }
    return "unknown";
}

size_t log_count_from(const struct event_log *log, enum log_level level)
{
    struct log_reader reader = log_read_from_oldest(log);
    struct event event;
    size_t count = 0;

    while (log_read(&reader, &event))
        count += event.level >= level;
    return count;
}

bool log_find_newest(const struct event_log *log, enum log_level level, struct event *event)
{
    struct log_reader reader = log_read_from_oldest(log);
    struct event seen;
    bool found = false;

    while (log_read(&reader, &seen))
        if (seen.level == level) {
            *event = seen;
            found = true;
        }
    return found;
}

size_t log_write(const struct event_log *log, char *out, size_t size)
{
    struct log_reader reader = log_read_from_oldest(log);
    struct event event;
    size_t length = 0;

    if (size > 0)
        out[0] = '\0';
    while (log_read(&reader, &event)) {
        size_t left = length < size ? size - length : 0;

        length += (size_t)snprintf(left > 0 ? out + length : NULL, left, "%lu %s %d\n", event.number,
                                   log_level_name(event.level), event.value);
    }
    return length;
}
