#ifndef JUSTIFY_H
#define JUSTIFY_H

#include <stddef.h>

#include "wrap.h"

/* Where the words of a line go when the line is not full. JUSTIFY_FULL widens the gaps between them. */
enum justify_mode {
    JUSTIFY_LEFT,
    JUSTIFY_RIGHT,
    JUSTIFY_CENTER,
    JUSTIFY_FULL
};

int justify_mode_named(const char *name, enum justify_mode *mode);

/* Counts the gaps between the words of `line`; a run of blanks is one gap. Returns 0 for a line of a single word. */
int justify_gaps(const struct wrap_line *line);

size_t justify_line(char *out, size_t size, const struct wrap_line *line, int width, enum justify_mode mode);

#endif
