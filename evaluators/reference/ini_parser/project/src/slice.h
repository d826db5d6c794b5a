#ifndef SLICE_H
#define SLICE_H

#include <stdbool.h>
#include <stddef.h>

/* A piece of somebody else's text; no NUL behind it. */
struct slice {
    const char *start;
    size_t length;
};

/* The piece between two places of another one. */
struct slice slice_between(struct slice text, size_t from, size_t to);

/* What is left from a place on; nothing when it is at or behind the end. */
struct slice slice_from(struct slice text, size_t from);

/* Without blanks, tabs and carriage returns on either side. */
struct slice slice_trim(struct slice text);

/* The first place of a character, or the length. */
size_t slice_find(struct slice text, char wanted);

bool slice_is(struct slice text, const char *string);

/* The text as a string of its own, to be freed; NULL without memory. */
char *slice_copy(struct slice text);

/* Blank or tab. */
bool is_blank(char c);

#endif
