#include <string.h>

#include "check.h"
#include "event.h"

static void test_order(void)
{
    struct event a = {5, 1, 2, 7, 0, "a"}, b = a;

    CHECK(event_order(&a, &b) == 0);
    b.value = 9;
    b.posts = 3;
    b.note[0] = 'b';
    CHECK(event_order(&a, &b) == 0);
    b.kind = 3;
    CHECK(event_order(&a, &b) < 0 && event_order(&b, &a) > 0);
    b.source = 0;
    CHECK(event_order(&a, &b) > 0);
    b.due = 6;
    CHECK(event_order(&a, &b) < 0);
}

static void test_lines(void)
{
    struct event event;
    char line[64], little[8];

    CHECK(event_parse("5 1 -2 70 door  opens\n", &event));
    CHECK(event.due == 5 && event.source == 1 && event.kind == -2 && event.value == 70 && event.posts == 0);
    CHECK(event_format(&event, line, sizeof line) == 43);
    CHECK(strcmp(line, "@5 source 1 kind -2 value 70 x0 door  opens") == 0);
    CHECK(event_format(&event, little, sizeof little) > 7);
    CHECK(strcmp(little, "@5 sour") == 0);
    CHECK(!event_parse("5 1 2", &event));
    CHECK(event_parse("5 1 2 3", &event) && strcmp(event.note, "") == 0);
    CHECK(!event_parse("tick", &event));
}

static void test_long_note(void)
{
    char line[2 * EVENT_NOTE] = "1 2 3 4 ";
    struct event event;

    memset(line + 8, 'n', sizeof line - 9);
    CHECK(event_parse(line, &event) && strlen(event.note) == EVENT_NOTE - 1);
}

int main(void)
{
    test_order();
    test_long_note();
    test_lines();
    return failures != 0;
}
