#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

#include "matrix.h"

/*
 * Reads `matrix` from `text`: rows end at a semicolon or a newline, the numbers in them are apart by blanks, tabs or
 * commas, and rows without a number do not count; no number at all gives a matrix without cells. Returns MATRIX_OK,
 * MATRIX_NO_MEMORY, or MATRIX_SYNTAX when there is something else than numbers, or a row has more or fewer than the
 * ones before it; `matrix` then stays as it was. `*at` becomes the number of bytes up to where the text goes wrong
 * (in the second case the start of that row), or up to its end.
 */
enum matrix_status matrix_parse(struct matrix *matrix, const char *text, size_t *at);

/*
 * Writes `matrix` to `out`, a line for each row, its cells apart by a blank. What does not fit into `size` bytes is
 * cut; a NUL ends what is there, if `size` is not 0. Returns the length of the whole text.
 */
size_t matrix_format(char *out, size_t size, const struct matrix *matrix);

/* Returns the name of `status` in plain words; "unknown" for a number that is none. */
const char *matrix_status_text(enum matrix_status status);

#endif
