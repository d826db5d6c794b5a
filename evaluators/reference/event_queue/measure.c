#include "queue.h"
#include "schedule.h"

struct random {
    unsigned state;
};

static int below(struct random *random, int bound)
{
    random->state = random->state * 1664525u + 1013904223u;
    return (int)((random->state >> 8) % (unsigned)bound);
}

static void fold(struct queue *queue, const struct event *event, void *context)
{
    unsigned *sum = context;

    (void)queue;
    *sum = *sum * 31u + (unsigned)(event->due * 7 + event->source * 5 + event->kind * 3 + event->value + event->posts);
}
// probe
int measure_queue(int seed, int beats)
{
    struct random random = {(unsigned)seed};
    struct queue queue;
    unsigned sum = 0;

    queue_init(&queue);
    for (int source = 0; source < 8; source++) {
        struct timer timer = {source, 1, below(&random, 20), 9 + below(&random, 3), beats};

        sum = sum * 31u + schedule_timer(&queue, &timer);
    }
    for (int i = 0; i < 3 * beats; i++) {
        struct event event = {below(&random, 10 * beats), 8 + below(&random, 4), below(&random, 2), i, 0};

        sum = sum * 31u + queue_post(&queue, &event);
    }
    for (int source = 0; source < 8; source++)
        sum = sum * 31u + (unsigned)queue_cancel(&queue, source);
    schedule_run(&queue, 20 * beats, fold, &sum);
    queue_free(&queue);
    return (int)(sum & 0x7fffffff);
}
