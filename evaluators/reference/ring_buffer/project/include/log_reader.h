#ifndef LOG_READER_H
#define LOG_READER_H

#include "event_log.h"

/* next: the number of the event that is read next. lost: how many went before they were read. */
struct log_reader {
    const struct event_log *log;
    unsigned long next;
    unsigned long lost;
};

/* A reader in front of the oldest event that is kept. */
struct log_reader log_read_from_oldest(const struct event_log *log);

/* A reader that only sees what is appended from now on. */
struct log_reader log_read_from_now(const struct event_log *log);

/* Reads the next event; false when there is none yet. */
bool log_read(struct log_reader *reader, struct event *event);

/* How many events log_read() would give, one after another. */
size_t log_unread(const struct log_reader *reader);

#endif
