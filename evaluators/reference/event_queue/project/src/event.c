#include "event.h"

#include <stdio.h>
#include <string.h>

static int compare(int a, int b)
{
    return (a > b) - (a < b);
}

int event_order(const struct event *a, const struct event *b)
{
    if (a->due != b->due)
        return compare(a->due, b->due);
    if (a->source != b->source)
        return compare(a->source, b->source);
    return compare(a->kind, b->kind);
}

int event_parse(const char *line, struct event *event)
{
    int used = 0;
    size_t length;

    if (sscanf(line, "%d %d %d %d %n", &event->due, &event->source, &event->kind, &event->value, &used) != 4)
        return 0;
    line += used;
    length = strcspn(line, "\n");
    if (length >= EVENT_NOTE)
        length = EVENT_NOTE - 1;
    memset(event->note, 0, sizeof event->note);
    memcpy(event->note, line, length);
    event->posts = 0;
    return 1;
}

int event_format(const struct event *event, char *out, size_t size)
{
    return snprintf(out, size, "@%d source %d kind %d value %d x%d %s", event->due, event->source, event->kind,
                    event->value, event->posts, event->note);
}
