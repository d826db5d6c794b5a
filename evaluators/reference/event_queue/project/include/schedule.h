#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stddef.h>

#include "queue.h"

/* A source that posts an event at first, first + period, first + 2 * period, ...: so many beats in all. */
struct timer {
    int source;
    int kind;
    int first;
    int period;
    int beats;
};

/* Called for each event that is handed out. It may post to the queue and cancel. */
typedef void (*schedule_handler)(struct queue *queue, const struct event *event, void *context);

/*
 * Posts all beats of a timer; the value of each is its number, from 0. Nothing is posted when beats is not positive.
 * Returns what queue_post_all returns.
 */
enum queue_status schedule_timer(struct queue *queue, const struct timer *timer);

/* Hands out all events that are due up to `until`, also those that are posted meanwhile. Returns how many. */
size_t schedule_run(struct queue *queue, int until, schedule_handler handler, void *context);

#endif
