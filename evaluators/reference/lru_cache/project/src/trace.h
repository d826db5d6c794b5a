#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>

#include "lru.h"

/* What a line of a trace asks for. */
enum trace_verb {
    TRACE_NOTHING, /* an empty line, or a comment after '#' */
    TRACE_PUT,
    TRACE_GET,
    TRACE_REMOVE
};

/* One line: `put KEY NUMBER`, `get KEY` or `remove KEY`. */
struct trace_step {
    enum trace_verb verb;
    char key[LRU_KEY_MAX + 1];
    int value;
};

/* Reads a line. False when it is none of the three. */
bool trace_parse(const char *line, struct trace_step *step);

#endif
