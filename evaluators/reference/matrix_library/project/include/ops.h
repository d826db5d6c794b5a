#ifndef OPS_H
#define OPS_H

#include <stddef.h>

#include "matrix.h"

/* Makes `matrix` the identity of `n` rows and columns. Returns MATRIX_OK or MATRIX_NO_MEMORY. */
enum matrix_status matrix_identity(struct matrix *matrix, size_t n);

/* Adds `factor` times `b` to `a`, in place. Returns MATRIX_OK, or MATRIX_SHAPE when their shapes differ. */
enum matrix_status matrix_add_scaled(struct matrix *a, const struct matrix *b, double factor);

enum matrix_status matrix_multiply(struct matrix *product, const struct matrix *a, const struct matrix *b);

/* Makes `to` the transpose of `from`; they may be the same matrix. Returns MATRIX_OK or MATRIX_NO_MEMORY. */
enum matrix_status matrix_transpose(struct matrix *to, const struct matrix *from);

#endif
