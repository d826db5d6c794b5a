#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_log.h"
#include "log_query.h"
#include "log_reader.h"
#include "log_snapshot.h"

#define SLOTS 8

static int failures;
static struct event slots[SLOTS];
static struct event_log events;

#define CHECK(condition)                                                     \
    do {                                                                     \
        if (!(condition)) {                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            failures++;                                                      \
        }                                                                    \
    } while (0)

/* A log with so many events, whose values are their numbers times ten. */
static void fill(int count)
{
    log_init(&events, slots, SLOTS);
    for (int i = 0; i < count; i++)
        CHECK(log_append(&events, i % 4, 10 * i));
}

static void test_a_new_log_is_empty(void)
{
    struct log_reader reader;
    struct event event;

    fill(0);
    reader = log_read_from_oldest(&events);
    CHECK(log_size(&events) == 0);
    CHECK(!log_read(&reader, &event));
    CHECK(log_snapshot(&events, &event, 1) == 0);
    CHECK(log_forget(&events, 3) == 0);
}

static void test_events_are_read_in_their_order(void)
{
    struct log_reader reader;
    struct event event;

    fill(5);
    reader = log_read_from_oldest(&events);
    CHECK(log_unread(&reader) == 5);
    for (unsigned long i = 0; i < 5; i++) {
        CHECK(log_read(&reader, &event));
        CHECK(event.number == i && event.level == i % 4 && event.value == 10 * (int)i);
    }
    CHECK(!log_read(&reader, &event));
    CHECK(log_append(&events, LOG_ERROR, 7));
    CHECK(log_read(&reader, &event) && event.value == 7);
    CHECK(reader.lost == 0);
}

static void test_the_newest_events_stay(void)
{
    struct log_reader reader;
    struct event event = {0};

    fill(100);
    reader = log_read_from_oldest(&events);
    while (log_read(&reader, &event))
        CHECK(event.number >= 100 - SLOTS && event.value == 10 * (int)event.number);
    CHECK(event.number == 99);
}

static void test_a_slow_reader_knows_what_it_lost(void)
{
    struct log_reader slow, late;
    struct event event;

    fill(3);
    slow = log_read_from_oldest(&events);
    late = log_read_from_now(&events);
    CHECK(log_read(&slow, &event));
    CHECK(log_forget(&events, 2) == 2);
    CHECK(log_unread(&slow) == 1 && log_unread(&late) == 0);
    CHECK(log_read(&slow, &event) && event.number == 2);
    CHECK(slow.lost == 1);
    CHECK(!log_read(&late, &event));
    log_clear(&events);
    CHECK(log_size(&events) == 0);
    CHECK(log_append(&events, LOG_INFO, 1));
    CHECK(log_read(&late, &event) && event.number == 3);
}

static void test_the_threshold(void)
{
    fill(0);
    log_set_threshold(&events, LOG_WARNING);
    CHECK(!log_append(&events, LOG_INFO, 1));
    CHECK(log_append(&events, LOG_WARNING, 2));
    CHECK(log_size(&events) == 1 && events.appended == 1);
}

static void test_snapshots(void)
{
    struct event copy[SLOTS];

    fill(4);
    CHECK(log_snapshot(&events, copy, SLOTS) == 4);
    CHECK(copy[0].number == 0 && copy[3].number == 3);
    CHECK(log_snapshot(&events, copy, 2) == 2);
    CHECK(copy[0].number == 2 && copy[1].number == 3);
    fill(20);
    CHECK(log_snapshot(&events, copy, 5) == 5);
    CHECK(copy[0].number == 15 && copy[4].number == 19);
    CHECK(log_snapshot(&events, copy, 0) == 0);
}

static void test_one_log_is_appended_to_another(void)
{
    struct event more[3];
    struct event_log other;

    fill(5);
    log_init(&other, more, 3);
    log_set_threshold(&other, LOG_WARNING);
    CHECK(log_append_all(&other, &events) == 2);
    CHECK(more[0].value == 20 && more[1].value == 30 && more[1].number == 1);
}

static void test_queries(void)
{
    struct event event;
    char out[64];

    fill(3);
    CHECK(log_count_from(&events, LOG_INFO) == 2);
    CHECK(log_find_newest(&events, LOG_INFO, &event) && event.number == 1);
    CHECK(!log_find_newest(&events, LOG_ERROR, &event));
    CHECK(log_write(&events, out, sizeof out) == 33);
    CHECK(strcmp(out, "0 debug 0\n1 info 10\n2 warning 20\n") == 0);
    CHECK(log_write(&events, out, 5) == 33);
    CHECK(strcmp(out, "0 de") == 0);
}

int main(void)
{
    test_a_new_log_is_empty();
    test_events_are_read_in_their_order();
    test_the_newest_events_stay();
    test_a_slow_reader_knows_what_it_lost();
    test_the_threshold();
    test_snapshots();
    test_one_log_is_appended_to_another();
    test_queries();
    if (failures == 0)
        puts("all tests passed");
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
