#include "queue.h"
#include "schedule.h"

#define ROOM 600

struct report {
    int *out;
    int used;
};

static void put(struct report *report, int value)
{
    if (report->used < ROOM)
        report->out[report->used++] = value;
}

static int number(const char **script)
{
    return **script == '\0' ? 0 : *(*script)++ & 7;
}

static struct event read_event(const char **script)
{
    struct event event = {number(script), 0, 0, 0, 5, ""};

    event.source = number(script) - 1;
    event.kind = number(script) / 2;
    event.value = number(script);
    event.note[0] = event.note[EVENT_NOTE - 2] = (char)('a' + event.value);
    return event;
}

static void handle(struct queue *queue, const struct event *event, void *context)
{
    struct event echo = *event;

    put(context, (event->due * 8 + event->source) * 8 + event->kind);
    put(context, event->value * 100 + event->posts);
    put(context, event->note[0] * 1000 + event->note[EVENT_NOTE - 2]);
    if (event->kind == 3) {
        echo.due++;
        echo.kind = 2;
        put(context, queue_post(queue, &echo));
    }
}

static void post_batch(struct queue *queue, const char **script, struct report *report)
{
    struct event batch[8];
    int n = number(script);

    for (int i = 0; i < n; i++)
        batch[i] = read_event(script);
    put(report, queue_post_all(queue, batch, n));
}

static void post_timer(struct queue *queue, const char **script, struct report *report)
{
    struct timer timer = {number(script), 1, 0, 0, 0};

    timer.first = number(script);
    timer.period = number(script) / 2;
    timer.beats = number(script) * 2;
    put(report, schedule_timer(queue, &timer));
}

static void look(const struct queue *queue, struct report *report)
{
    const struct event *first = queue_peek(queue);

    put(report, queue_count(queue));
    put(report, first == NULL ? -1 : first->due * 100 + first->posts);
}
// probe
int probe_queue(const char *script, int *out)
{
    struct report report = {out, 0};
    struct queue queue;
    struct event event;

    queue_init(&queue);
    while (*script != '\0') {
        switch (*script++) {
        case 'p':
            event = read_event(&script);
            put(&report, queue_post(&queue, &event));
            break;
        case 'b':
            post_batch(&queue, &script, &report);
            break;
        case 't':
            post_timer(&queue, &script, &report);
            break;
        case 'c':
            put(&report, queue_cancel(&queue, number(&script) - 1));
            break;
        case 'n':
            put(&report, schedule_run(&queue, number(&script), handle, &report));
            break;
        default:
            look(&queue, &report);
        }
    }
    put(&report, schedule_run(&queue, 1000, handle, &report));
    queue_free(&queue);
    return report.used;
}
