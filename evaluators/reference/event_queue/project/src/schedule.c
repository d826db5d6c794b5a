#include "schedule.h"

#include <stdlib.h>

enum queue_status schedule_timer(struct queue *queue, const struct timer *timer)
{
    enum queue_status status;
    struct event *batch;

    if (timer->beats <= 0)
        return QUEUE_OK;
    batch = malloc((size_t)timer->beats * sizeof *batch);
    if (batch == NULL)
        return QUEUE_NO_MEMORY;
    for (int beat = 0; beat < timer->beats; beat++) {
        struct event event = {timer->first + beat * timer->period, timer->source, timer->kind, beat, 0, ""};

        batch[beat] = event;
    }
    status = queue_post_all(queue, batch, (size_t)timer->beats);
    free(batch);
    return status;
}

size_t schedule_run(struct queue *queue, int until, schedule_handler handler, void *context)
{
    struct event event;
    size_t handed_out = 0;

    while (queue_next(queue, until, &event)) {
        handler(queue, &event, context);
        handed_out++;
    }
    return handed_out;
}
