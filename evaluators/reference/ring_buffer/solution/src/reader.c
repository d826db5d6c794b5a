#include "log_reader.h"

#include "wrap.h"

struct log_reader log_read_from_oldest(const struct event_log *log)
{
    struct log_reader reader = {log, log->appended - log_size(log), 0};

    return reader;
}

struct log_reader log_read_from_now(const struct event_log *log)
{
    struct log_reader reader = {log, log->appended, 0};

    return reader;
}

/* Goes on to the oldest event that is kept if the next one is gone. */
static void skip_lost(struct log_reader *reader)
{
    unsigned long oldest = reader->log->appended - log_size(reader->log);

    if (reader->next < oldest) {
        reader->lost += oldest - reader->next;
        reader->next = oldest;
    }
}

bool log_read(struct log_reader *reader, struct event *event)
{
    const struct event_log *log = reader->log;
    unsigned long oldest;

    if (log->count == 0)
        return false;
    skip_lost(reader);
    if (reader->next == log->appended)
        return false;
    oldest = log->slots[log->tail].number;
    *event = log->slots[slot_behind(log, log->tail, reader->next - oldest)];
    reader->next++;
    return true;
}

size_t log_unread(const struct log_reader *reader)
{
    unsigned long behind = reader->log->appended - reader->next;
    size_t size = log_size(reader->log);

    return behind < size ? behind : size;
}
