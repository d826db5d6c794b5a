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

/* For qsort, on pointers into one batch: the same happenings stay in the order of the batch. */
static int by_order(const void *a, const void *b)
{
    const struct event *first = *(const struct event *const *)a;
    const struct event *second = *(const struct event *const *)b;
    int order = event_order(first, second);

    return order != 0 ? order : (first > second) - (first < second);
}

enum queue_status queue_post_all(struct queue *queue, const struct event *batch, size_t n)
{
    const struct event **sorted;
    size_t at, end;

    if (n == 0)
        return QUEUE_OK;
    sorted = malloc(n * sizeof *sorted);
    if (sorted == NULL || !make_room(queue, n)) {
        free(sorted);
        return QUEUE_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++)
        sorted[i] = &batch[i];
    qsort(sorted, n, sizeof *sorted, by_order);

    /* The waiting events make way by n, and come back one by one, each before the first posted one that follows. */
    at = queue->head + n;
    memmove(&queue->events[at], &queue->events[queue->head], queue_count(queue) * sizeof *batch);
    queue->end += n;
    end = queue->head;
    for (size_t i = 0; i < n; i++) {
        while (at < queue->end && event_order(&queue->events[at], sorted[i]) <= 0)
            queue->events[end++] = queue->events[at++];
        if (end > queue->head && event_order(&queue->events[end - 1], sorted[i]) == 0) {
            merge(&queue->events[end - 1], sorted[i]);
        } else {
            queue->events[end] = *sorted[i];
            queue->events[end++].posts = 1;
        }
    }
    memmove(&queue->events[end], &queue->events[at], (queue->end - at) * sizeof *batch);
    queue->end = end + (queue->end - at);
    free(sorted);
    return QUEUE_OK;
}

size_t queue_cancel(struct queue *queue, int source)
{
    size_t kept = queue->head, cancelled;

    for (size_t at = queue->head; at < queue->end; at++)
        if (queue->events[at].source != source)
            queue->events[kept++] = queue->events[at];
    cancelled = queue->end - kept;
    queue->end = kept;
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
