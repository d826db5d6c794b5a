#include <stdlib.h>

#include "queue.h"
#include "schedule.h"

#define SOURCES 6

static int below(unsigned *state, int bound)
{
    *state = *state * 1664525u + 1013904223u;
    return (int)((*state >> 8) % (unsigned)bound);
}

static void fold(struct queue *queue, const struct event *event, void *context)
{
    unsigned *sum = context;

    (void)queue;
    *sum = *sum * 31u + (unsigned)(event->due * 7 + event->source * 5 + event->kind * 3 + event->value + event->posts);
    *sum += (unsigned)event->note[EVENT_NOTE - 2];
}

/* A burst of a source that is in no order, and has some happenings several times. */
static unsigned post_burst(struct queue *queue, int source, int n, unsigned *state)
{
    struct event *batch = calloc((size_t)n, sizeof *batch);
    unsigned status = 99;

    if (batch == NULL)
        return status;
    for (int i = 0; i < n; i++) {
        batch[i].due = below(state, 10 * n);
        batch[i].source = source;
        batch[i].value = i;
        batch[i].note[EVENT_NOTE - 2] = (char)(i & 63);
    }
    status = queue_post_all(queue, batch, (size_t)n);
    free(batch);
    return status;
}
// probe
int measure_queue(int seed, int beats)
{
    unsigned state = (unsigned)seed, sum = 0;
    struct queue queue;

    queue_init(&queue);
    for (int source = 0; source < SOURCES; source++) {
        struct timer timer = {source, 1, below(&state, 20), 9 + below(&state, 3), beats};

        sum = sum * 31u + (unsigned)schedule_timer(&queue, &timer);
        sum = sum * 31u + post_burst(&queue, SOURCES, beats / 4, &state);
    }
    for (int source = 0; source < SOURCES; source++)
        sum = sum * 31u + (unsigned)queue_cancel(&queue, source);
    schedule_run(&queue, 20 * beats, fold, &sum);
    queue_free(&queue);
    return (int)(sum & 0x7fffffff);
}
