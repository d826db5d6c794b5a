#ifndef LU_H
#define LU_H

#include <stddef.h>

#include "matrix.h"

struct lu {
    struct matrix factors;
    size_t *order;
    int sign;
};

enum matrix_status lu_factor(struct lu *lu, const struct matrix *matrix);

/* Gives the memory back that lu_factor took for `lu`, which is empty then. Empty ones may be freed again. */
void lu_free(struct lu *lu);

enum matrix_status lu_solve(const struct lu *lu, struct matrix *x, const struct matrix *b);

/* Returns the determinant of the matrix whose factors are in `lu`. */
double lu_determinant(const struct lu *lu);

/*
 * Makes `inverse` the inverse of `matrix`; they may be the same. Returns MATRIX_OK, MATRIX_SHAPE when `matrix` is not
 * square, MATRIX_SINGULAR when it has none, or MATRIX_NO_MEMORY.
 */
enum matrix_status lu_inverse(struct matrix *inverse, const struct matrix *matrix);

#endif
