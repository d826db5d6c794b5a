#ifndef MATRIX_H
#define MATRIX_H

#include <stddef.h>

/* What a function came to; everything but MATRIX_OK is a failure. */
enum matrix_status {
    MATRIX_OK,
    MATRIX_NO_MEMORY,
    MATRIX_SHAPE,    /* rows and columns do not go together */
    MATRIX_SINGULAR, /* the matrix has no inverse */
    MATRIX_SYNTAX    /* text that is no matrix */
};

/* A dense matrix of doubles, row behind row. One without cells has 0 rows and 0 columns. */
struct matrix {
    size_t rows;
    size_t columns;
    double *cells;
};

/*
 * The cell of `matrix`, a pointer, in `row` and `column`, both counted from 0: to be read or assigned to. It is not
 * checked that there is such a cell, and `matrix` is evaluated twice.
 */
#define MATRIX_AT(matrix, row, column) ((matrix)->cells[(row) * (matrix)->columns + (column)])

/* Two numbers are taken to be the same when they differ by no more than this share of the larger one. */
#define MATRIX_EPSILON 1e-12

/* Sets `matrix` up, without cells. What it held before is not freed. */
void matrix_init(struct matrix *matrix);

/* Gives the memory of `matrix` back; it has no cells afterwards and may be used again. */
void matrix_free(struct matrix *matrix);

/*
 * Gives `matrix` so many `rows` and `columns`, all cells 0. Returns MATRIX_OK, MATRIX_SHAPE when one of the two is 0
 * and the other is not, or MATRIX_NO_MEMORY.
 */
enum matrix_status matrix_reshape(struct matrix *matrix, size_t rows, size_t columns);

/* Makes `to` the same as `from`. Returns MATRIX_OK or MATRIX_NO_MEMORY. */
enum matrix_status matrix_copy(struct matrix *to, const struct matrix *from);

/* Makes `to` what `from` is, which has no cells afterwards; what `to` had is freed. They may be the same matrix. */
void matrix_move(struct matrix *to, struct matrix *from);

/* Whether `a` and `b` have the same shape and the same cells, up to MATRIX_EPSILON. Returns 1 or 0. */
int matrix_equal(const struct matrix *a, const struct matrix *b);

#endif
