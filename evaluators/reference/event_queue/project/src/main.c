/* Runs a script of events from standard input; README.md lists the commands. */
#include <stdio.h>
#include <string.h>

#include "event.h"
#include "queue.h"
#include "schedule.h"
#include "stats.h"

#define LINE 512

static void show(struct queue *queue, const struct event *event, void *context)
{
    char line[LINE];

    (void)queue;
    event_format(event, line, sizeof line);
    puts(line);
    stats_count(context, event);
}

/* Runs one line. Returns 0 when it is no command, or there is no memory for it. */
static int run_line(struct queue *queue, struct stats *stats, const char *line)
{
    struct event event;
    struct timer timer;
    int number;

    if (strncmp(line, "post ", 5) == 0)
        return event_parse(line + 5, &event) && queue_post(queue, &event) == QUEUE_OK;
    if (sscanf(line, "timer %d %d %d %d %d", &timer.source, &timer.kind, &timer.first, &timer.period,
               &timer.beats) == 5)
        return schedule_timer(queue, &timer) == QUEUE_OK;
    if (sscanf(line, "cancel %d", &number) == 1) {
        printf("cancelled %zu\n", queue_cancel(queue, number));
        return 1;
    }
    if (sscanf(line, "run %d", &number) == 1) {
        schedule_run(queue, number, show, stats);
        return 1;
    }
    return line[strspn(line, " \t\n")] == '\0';
}

int main(void)
{
    struct queue queue;
    struct stats stats;
    char line[LINE];
    int number = 0, failed = 0;

    queue_init(&queue);
    stats_init(&stats);
    while (!failed && fgets(line, sizeof line, stdin) != NULL) {
        number++;
        if (!run_line(&queue, &stats, line)) {
            fprintf(stderr, "line %d: %s", number, line);
            failed = 1;
        }
    }
    stats_print(&stats, stdout);
    queue_free(&queue);
    return failed;
}
