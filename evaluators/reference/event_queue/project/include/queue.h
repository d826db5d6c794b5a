#ifndef QUEUE_H
#define QUEUE_H

#include <stddef.h>

#include "event.h"

enum queue_status {
    QUEUE_OK,
    QUEUE_NO_MEMORY
};

/* Waiting events, in the order in which they are handed out: events[head] to events[end - 1]. */
struct queue {
    struct event *events;
    size_t head;
    size_t end;
    size_t capacity;
};

void queue_init(struct queue *queue);

/* Drops all events and gives the memory back. The queue may be used again. */
void queue_free(struct queue *queue);

/*
 * Puts an event into the queue; event->posts is not looked at. If the same happening waits there already, it takes
 * the new value and note, and its posts grow by one; otherwise the event is put in with posts = 1. Returns QUEUE_OK, or
 * QUEUE_NO_MEMORY when the queue could not grow: then nothing is posted.
 */
enum queue_status queue_post(struct queue *queue, const struct event *event);

/*
 * As if queue_post were called for each event of the batch, from the first to the last. The batch need not be in any
 * order. Returns QUEUE_OK, or QUEUE_NO_MEMORY: then nothing is posted.
 */
enum queue_status queue_post_all(struct queue *queue, const struct event *batch, size_t n);

/* Drops all waiting events of a source. Returns how many there were. */
size_t queue_cancel(struct queue *queue, int source);

/* Takes the first event, if it is due at `now` or before. Returns 1, or 0 when none is. */
int queue_next(struct queue *queue, int now, struct event *event);

/* The event that would be handed out first, or NULL. It is good until the queue is changed. */
const struct event *queue_peek(const struct queue *queue);

/* How many events wait. */
size_t queue_count(const struct queue *queue);

#endif
