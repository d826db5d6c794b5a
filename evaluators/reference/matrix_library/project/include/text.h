#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

#include "matrix.h"

enum matrix_status matrix_parse(struct matrix *matrix, const char *text, size_t *at);

/*
 * Writes `matrix` to `out`, a line for each row, its cells apart by a blank. What does not fit into `size` bytes is
 * cut; a NUL ends what is there, if `size` is not 0. Returns the length of the whole text.
 */
size_t matrix_format(char *out, size_t size, const struct matrix *matrix);

/* Returns the name of `status` in plain words; "unknown" for a number that is none. */
const char *matrix_status_text(enum matrix_status status);

#endif
