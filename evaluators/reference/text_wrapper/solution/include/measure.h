#ifndef MEASURE_H
#define MEASURE_H

#include <stddef.h>

/*
 * Columns that a piece of UTF-8 takes: one for each character of it. `bytes` is the length of `text`, which need not
 * end with a NUL. Returns the number of columns.
 */
int measure_width(const char *text, size_t bytes);

/*
 * How much of the `bytes` bytes at `text` fits into so many `columns`, without cutting a character in two. Returns the
 * length in bytes of the longest such beginning: 0 when `columns` is 0 or less, `bytes` when all of it fits.
 */
size_t measure_fit(const char *text, size_t bytes, int columns);

/* Whether c stands between words: a blank, a tab or a newline. Returns 1 or 0. */
int measure_is_space(char c);

#endif
