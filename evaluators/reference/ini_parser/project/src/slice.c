#include "slice.h"

#include <stdlib.h>
#include <string.h>

bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_margin(char c)
{
    return is_blank(c) || c == '\r';
}

struct slice slice_between(struct slice text, size_t from, size_t to)
{
    struct slice piece = {text.start + from, to - from};

    return piece;
}

struct slice slice_from(struct slice text, size_t from)
{
    return slice_between(text, from < text.length ? from : text.length, text.length);
}

struct slice slice_trim(struct slice text)
{
    while (text.length > 0 && is_margin(text.start[text.length - 1]))
        text.length--;
    while (text.length > 0 && is_margin(text.start[0])) {
        text.start++;
        text.length--;
    }
    return text;
}

size_t slice_find(struct slice text, char wanted)
{
    const char *found = text.length > 0 ? memchr(text.start, wanted, text.length) : NULL;

    return found != NULL ? (size_t)(found - text.start) : text.length;
}

bool slice_is(struct slice text, const char *string)
{
    return strlen(string) == text.length && memcmp(text.start, string, text.length) == 0;
}

char *slice_copy(struct slice text)
{
    char *copy = malloc(text.length + 1);

    if (copy == NULL)
        return NULL;
    if (text.length > 0)
        memcpy(copy, text.start, text.length);
    copy[text.length] = '\0';
    return copy;
}
