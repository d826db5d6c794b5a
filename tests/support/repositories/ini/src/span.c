#include "span.h"

#include <string.h>

struct span span_line(const char *text)
{
    return (struct span){text, strcspn(text, "\n")};
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct span span_trim(struct span span)
{
    while (span.length > 0 && is_blank(span.start[0])) {
        span.start++;
        span.length--;
    }
    while (span.length > 0 && is_blank(span.start[span.length - 1]))
        span.length--;
    return span;
}

size_t span_find(struct span span, char wanted)
{
    const char *at = memchr(span.start, wanted, span.length);
    return at ? (size_t)(at - span.start) : span.length;
}

void span_copy(struct span span, char *into, size_t size)
{
    size_t length = span.length < size ? span.length : size;

    memcpy(into, span.start, length);
    into[length] = '\0';
}
