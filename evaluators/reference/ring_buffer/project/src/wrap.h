#ifndef WRAP_H
#define WRAP_H

#include "event_log.h"

/* The slot behind a slot. */
static inline size_t slot_after(const struct event_log *log, size_t slot)
{
    return slot + 1 < log->capacity ? slot + 1 : 0;
}

/* The slot that many places behind another one, fewer than there are slots. */
static inline size_t slot_behind(const struct event_log *log, size_t slot, size_t places)
{
    return places < log->capacity - slot ? slot + places : places - (log->capacity - slot);
}

#endif
