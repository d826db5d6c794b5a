#include "event_log.h"
#include "wrap.h"

bool log_append(struct event_log *log, enum log_level level, int value)
{
    if (level < log->threshold)
        return false;
    log->slots[log->head] = (struct event){log->appended++, level, value};
    log->head = slot_after(log, log->head);
    if (log->count < log->capacity)
        log->count++;
    else
        log->tail = log->head;
    return true;
}

size_t log_forget(struct event_log *log, size_t count)
{
    size_t forgotten = 0;

    while (forgotten < count && log->count > 0) {
        log->tail = slot_after(log, log->tail);
        log->count--;
        forgotten++;
    }
    return forgotten;
}
