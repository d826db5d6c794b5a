#include "queue.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_LEAST 16

void queue_init(struct queue *queue)
{
    queue->events = NULL;
    queue->head = 0;
    queue->end = 0;
    queue->capacity = 0;
}

void queue_free(struct queue *queue)
{
    free(queue->events);
    queue_init(queue);
}

size_t queue_count(const struct queue *queue)
{
    return queue->end - queue->head;
}

const struct event *queue_peek(const struct queue *queue)
{
    return queue->head < queue->end ? &queue->events[queue->head] : NULL;
}

/* Makes room for n more events behind the last one. Returns 0 when there is no memory for them. */
static int make_room(struct queue *queue, size_t n)
{
    size_t count = queue_count(queue);
    size_t capacity = queue->capacity < QUEUE_LEAST ? QUEUE_LEAST : queue->capacity;
    struct event *events;

    if (queue->capacity - queue->end >= n)
        return 1;
    if (n > SIZE_MAX / sizeof *events / 4 - count)
        return 0;
    while (capacity < 2 * (count + n))
        capacity *= 2;
    events = malloc(capacity * sizeof *events);
    if (events == NULL)
        return 0;
    if (count > 0)
        memcpy(events, &queue->events[queue->head], count * sizeof *events);
    free(queue->events);
    queue->events = events;
    queue->head = 0;
    queue->end = count;
    queue->capacity = capacity;
    return 1;
}

/* Where the first event stands that does not come before this one. */
static size_t place_of(const struct queue *queue, const struct event *event)
{
    size_t at = queue->head;

    while (at < queue->end && event_order(&queue->events[at], event) < 0)
        at++;
    return at;
}

/* The event was posted again while it waited. */
static void merge(struct event *waiting, const struct event *again)
{
    waiting->value = again->value;
    memcpy(waiting->note, again->note, sizeof waiting->note);
    waiting->posts++;
}

enum queue_status queue_post(struct queue *queue, const struct event *event)
{
    size_t at;

    if (!make_room(queue, 1))
        return QUEUE_NO_MEMORY;
    at = place_of(queue, event);
    if (at < queue->end && event_order(&queue->events[at], event) == 0) {
        merge(&queue->events[at], event);
        return QUEUE_OK;
    }
    for (size_t i = queue->end; i > at; i--)
        queue->events[i] = queue->events[i - 1];
    queue->events[at] = *event;
    queue->events[at].posts = 1;
    queue->end++;
    return QUEUE_OK;
}

enum queue_status queue_post_all(struct queue *queue, const struct event *batch, size_t n)
{
    if (!make_room(queue, n))
        return QUEUE_NO_MEMORY;
    for (size_t i = 0; i < n; i++)
        queue_post(queue, &batch[i]);
    return QUEUE_OK;
}

size_t queue_cancel(struct queue *queue, int source)
{
    size_t at = queue->head, cancelled = 0;

    while (at < queue->end) {
        if (queue->events[at].source != source) {
            at++;
            continue;
        }
        for (size_t i = at; i + 1 < queue->end; i++)
            queue->events[i] = queue->events[i + 1];
        queue->end--;
        cancelled++;
    }
    return cancelled;
}

int queue_next(struct queue *queue, int now, struct event *event)
{
    const struct event *first = queue_peek(queue);

    if (first == NULL || first->due > now)
        return 0;
    *event = *first;
    queue->head++;
    return 1;
}
