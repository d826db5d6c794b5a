#ifndef OPS_H
#define OPS_H

#include <stddef.h>

#include "matrix.h"

/* Makes `matrix` the identity of `n` rows and columns. Returns MATRIX_OK or MATRIX_NO_MEMORY. */
enum matrix_status matrix_identity(struct matrix *matrix, size_t n);

/* Adds `factor` times `b` to `a`, in place. Returns MATRIX_OK, or MATRIX_SHAPE when their shapes differ. */
enum matrix_status matrix_add_scaled(struct matrix *a, const struct matrix *b, double factor);

/*
 * Makes `product` the matrix product of `a` and `b`: as many rows as `a`, as many columns as `b`. It may be one of the
 * two; what it had is freed. Returns MATRIX_OK, MATRIX_SHAPE when `a` has not as many columns as `b` has rows, or
 * MATRIX_NO_MEMORY; `product` then stays as it was.
 */
enum matrix_status matrix_multiply(struct matrix *product, const struct matrix *a, const struct matrix *b);

/* Makes `to` the transpose of `from`; they may be the same matrix. Returns MATRIX_OK or MATRIX_NO_MEMORY. */
enum matrix_status matrix_transpose(struct matrix *to, const struct matrix *from);

#endif
