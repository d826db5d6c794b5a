#include "check.h"
#include "schedule.h"
#include "stats.h"

static void count(struct queue *queue, const struct event *event, void *context)
{
    (void)queue;
    stats_count(context, event);
}

static void echo_once(struct queue *queue, const struct event *event, void *context)
{
    struct event echo = *event;

    stats_count(context, event);
    if (event->kind == 0) {
        echo.due += 2;
        echo.kind = 1;
        CHECK(queue_post(queue, &echo) == QUEUE_OK);
    }
}

static void test_timer(void)
{
    struct timer slow = {1, 0, 10, 10, 5}, quick = {2, 0, 5, 5, 10}, idle = {3, 0, 1, 1, 0};
    struct queue queue;
    struct stats stats;

    queue_init(&queue);
    stats_init(&stats);
    CHECK(schedule_timer(&queue, &slow) == QUEUE_OK);
    CHECK(schedule_timer(&queue, &quick) == QUEUE_OK);
    CHECK(schedule_timer(&queue, &idle) == QUEUE_OK);
    CHECK(schedule_timer(&queue, &quick) == QUEUE_OK);
    CHECK(queue_count(&queue) == 15);
    CHECK(schedule_run(&queue, 30, count, &stats) == 9);
    CHECK(stats_total(&stats) == 9 && stats.last_due == 30);
    CHECK(stats.handed_out[1] == 3 && stats.merged[1] == 0);
    CHECK(stats.handed_out[2] == 6 && stats.merged[2] == 6);
    queue_free(&queue);
}

static void test_what_a_handler_posts_is_handed_out_too(void)
{
    struct timer timer = {40, 0, 0, 3, 4};
    struct queue queue;
    struct stats stats;

    queue_init(&queue);
    stats_init(&stats);
    CHECK(schedule_timer(&queue, &timer) == QUEUE_OK);
    CHECK(schedule_run(&queue, 9, echo_once, &stats) == 7);
    CHECK(queue_count(&queue) == 1 && queue_peek(&queue)->due == 11);
    CHECK(stats.handed_out[STATS_SOURCES] == 7);
    queue_free(&queue);
}

int main(void)
{
    test_timer();
    test_what_a_handler_posts_is_handed_out_too();
    return failures != 0;
}
