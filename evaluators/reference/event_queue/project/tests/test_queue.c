#include <string.h>

#include "check.h"
#include "queue.h"

static struct event made(int due, int source, int kind, int value)
{
    struct event event = {due, source, kind, value, 0, ""};

    snprintf(event.note, sizeof event.note, "note %d", value);
    return event;
}

static void post(struct queue *queue, int due, int source, int value)
{
    struct event event = made(due, source, 1, value);

    CHECK(queue_post(queue, &event) == QUEUE_OK);
}

static void test_empty_queue(void)
{
    struct queue queue;
    struct event event;

    queue_init(&queue);
    CHECK(queue_count(&queue) == 0);
    CHECK(queue_peek(&queue) == NULL);
    CHECK(!queue_next(&queue, 1000, &event));
    CHECK(queue_cancel(&queue, 1) == 0);
    CHECK(queue_post_all(&queue, NULL, 0) == QUEUE_OK);
    queue_free(&queue);
}

static void test_events_come_in_order_of_time(void)
{
    static const int due[] = {5, 3, 9, 3, 1, 8};
    struct queue queue;
    struct event event;
    int last = 0, taken = 0;

    queue_init(&queue);
    for (int i = 0; i < 6; i++)
        post(&queue, due[i], i, i);
    CHECK(queue_peek(&queue)->due == 1);
    CHECK(!queue_next(&queue, 0, &event));
    while (queue_next(&queue, 8, &event)) {
        CHECK(event.due >= last);
        last = event.due;
        taken++;
    }
    CHECK(taken == 5 && last == 8);
    CHECK(queue_count(&queue) == 1);
    queue_free(&queue);
}

static void test_the_same_happening_waits_once(void)
{
    struct queue queue;
    struct event event;

    queue_init(&queue);
    post(&queue, 4, 1, 10);
    post(&queue, 4, 2, 20);
    post(&queue, 4, 1, 11);
    CHECK(queue_count(&queue) == 2);
    CHECK(queue_next(&queue, 4, &event) && event.source == 1 && event.value == 11 && event.posts == 2);
    CHECK(strcmp(event.note, "note 11") == 0);
    post(&queue, 4, 1, 12);
    CHECK(queue_next(&queue, 4, &event) && event.source == 1 && event.value == 12 && event.posts == 1);
    queue_free(&queue);
}

static void test_batch(void)
{
    struct event batch[] = {made(7, 1, 1, 1), made(2, 1, 1, 2), made(7, 1, 1, 3), made(5, 0, 1, 4)};
    struct queue queue;
    struct event event;

    queue_init(&queue);
    post(&queue, 5, 0, 50);
    post(&queue, 6, 0, 60);
    CHECK(queue_post_all(&queue, batch, 4) == QUEUE_OK);
    CHECK(queue_count(&queue) == 4);
    CHECK(queue_next(&queue, 9, &event) && event.due == 2 && event.value == 2 && event.posts == 1);
    CHECK(queue_next(&queue, 9, &event) && event.due == 5 && event.value == 4 && event.posts == 2);
    CHECK(queue_next(&queue, 9, &event) && event.due == 6 && event.value == 60 && event.posts == 1);
    CHECK(queue_next(&queue, 9, &event) && event.due == 7 && event.value == 3 && event.posts == 2);
    queue_free(&queue);
}

static void test_cancel(void)
{
    struct queue queue;
    struct event event;

    queue_init(&queue);
    for (int i = 0; i < 30; i++)
        post(&queue, 100 - i, i % 3, i);
    CHECK(queue_cancel(&queue, 1) == 10);
    CHECK(queue_cancel(&queue, 1) == 0);
    CHECK(queue_count(&queue) == 20);
    while (queue_next(&queue, 100, &event))
        CHECK(event.source != 1);
    queue_free(&queue);
}

int main(void)
{
    test_empty_queue();
    test_events_come_in_order_of_time();
    test_the_same_happening_waits_once();
    test_batch();
    test_cancel();
    return failures != 0;
}
