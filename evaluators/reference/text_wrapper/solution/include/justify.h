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

/*
 * Finds a mode by its `name` - "left", "right", "center", "full" - or by the beginning of one, such as "c". Returns 1
 * and sets `mode`, or returns 0 and leaves it alone when the name is empty or unknown.
 */
int justify_mode_named(const char *name, enum justify_mode *mode);

/* Counts the gaps between the words of `line`; a run of blanks is one gap. Returns 0 for a line of a single word. */
int justify_gaps(const struct wrap_line *line);

/*
 * Writes `line`, its indent and then its words, to `out`, placed in `width` columns as `mode` says. Each run of blanks
 * becomes one blank. JUSTIFY_FULL makes the gaps wider, the first ones by one more than the last, but not in a
 * paragraph's last line or where there is no gap; a line that is too wide is not shortened. No blanks are put behind
 * the words, and no newline. What does not fit into the `size` bytes of `out` is cut, and a NUL is put behind the rest
 * unless `size` is 0: then `out` may be NULL. Returns the length in bytes of the whole line, without the NUL.
 */
size_t justify_line(char *out, size_t size, const struct wrap_line *line, int width, enum justify_mode mode);

#endif
