#ifndef SPAN_H
#define SPAN_H

#include <stddef.h>

/* A part of a text. */
struct span {
    const char *start;
    size_t length;
};

/* Up to the end of the line, which is not part of it. */
struct span span_line(const char *text);

/* Without blanks at both ends. */
struct span span_trim(struct span span);

/* Where `wanted` first stands; the length when it does not. */
size_t span_find(struct span span, char wanted);

/* As a string of at most size - 1 characters. */
void span_copy(struct span span, char *into, size_t size);

#endif
