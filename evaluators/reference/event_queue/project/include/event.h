#ifndef EVENT_H
#define EVENT_H

#include <stddef.h>

#define EVENT_NOTE 108

/* Something that happens at a tick. Events with the same due, source and kind are the same happening. */
struct event {
    int due;    /* the tick at which it is handed out */
    int source; /* the device or timer that posts it */
    int kind;   /* what happens; a number of the source's own */
    int value;  /* what was posted last for this happening */
    int posts;  /* how often it was posted while it waited; kept by the queue */
    char note[EVENT_NOTE]; /* a word to the reader of the log, of the last post as well */
};

/* Less than, equal to or greater than 0 as a comes before b, is the same happening, or comes after it. */
int event_order(const struct event *a, const struct event *b);

/*
 * Reads "DUE SOURCE KIND VALUE NOTE"; the note is the rest of the line, cut to its room, and may be missing. posts
 * becomes 0. Returns 1, or 0 when the line says something else.
 */
int event_parse(const char *line, struct event *event);

/* Writes the event as one line without its newline, cut to size. Returns the length of the whole line. */
int event_format(const struct event *event, char *out, size_t size);

#endif
