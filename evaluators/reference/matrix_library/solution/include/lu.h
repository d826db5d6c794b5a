#ifndef LU_H
#define LU_H

#include <stddef.h>

#include "matrix.h"

/*
 * A square matrix taken apart into a lower and an upper triangular factor, its rows exchanged: row i of their product
 * is row order[i] of the matrix. Both share `factors`: U on the diagonal and above it, L below (the ones of its
 * diagonal are not stored). `sign` is -1 after an odd number of exchanges, otherwise 1.
 */
struct lu {
    struct matrix factors;
    size_t *order;
    int sign;
};

/*
 * Fills `lu`, which need not be set up before, with the factors of `matrix`, found by Gaussian elimination with partial
 * pivoting; `matrix` itself stays as it is. Returns MATRIX_OK: lu_free has to be called in the end. Otherwise `lu` is
 * empty, and the result is MATRIX_SHAPE when `matrix` is not square, MATRIX_SINGULAR when a pivot's absolute value is
 * no more than MATRIX_EPSILON times the largest one of `matrix`, or MATRIX_NO_MEMORY.
 */
enum matrix_status lu_factor(struct lu *lu, const struct matrix *matrix);

/* Gives the memory back that lu_factor took for `lu`, which is empty then. Empty ones may be freed again. */
void lu_free(struct lu *lu);

/*
 * Solves a linear system for each column of `b`: makes `x` the matrix that, multiplied by the one whose factors are in
 * `lu`, gives `b`. `x` has to be set up, and may be `b`. Returns MATRIX_OK, MATRIX_SHAPE when `b` has not as many rows
 * as the factors, or MATRIX_NO_MEMORY; `x` then stays as it was.
 */
enum matrix_status lu_solve(const struct lu *lu, struct matrix *x, const struct matrix *b);

/* Returns the determinant of the matrix whose factors are in `lu`. */
double lu_determinant(const struct lu *lu);

/*
 * Makes `inverse` the inverse of `matrix`; they may be the same. Returns MATRIX_OK, MATRIX_SHAPE when `matrix` is not
 * square, MATRIX_SINGULAR when it has none, or MATRIX_NO_MEMORY.
 */
enum matrix_status lu_inverse(struct matrix *inverse, const struct matrix *matrix);

#endif
