#include "event.h"

#include <stdio.h>

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
    char rest;
    int found = sscanf(line, "%d %d %d %d %c", &event->due, &event->source, &event->kind, &event->value, &rest);

    event->posts = 0;
    return found == 4;
}

int event_format(const struct event *event, char *out, size_t size)
{
    return snprintf(out, size, "@%d source %d kind %d value %d x%d", event->due, event->source, event->kind,
                    event->value, event->posts);
}
