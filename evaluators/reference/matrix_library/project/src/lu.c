#include "lu.h"

#include <math.h>
#include <stdlib.h>

#include "ops.h"

/* The largest absolute value of a cell. */
static double magnitude(const struct matrix *matrix)
{
    double most = 0;

    for (size_t i = 0; i < matrix->rows * matrix->columns; i++)
        most = fmax(most, fabs(matrix->cells[i]));
    return most;
}

/* The row from `step` on with the largest absolute value in column `step`. */
static size_t pivot_row(const struct matrix *factors, size_t step)
{
    size_t best = step;

    for (size_t row = step + 1; row < factors->rows; row++)
        if (fabs(MATRIX_AT(factors, row, step)) > fabs(MATRIX_AT(factors, best, step)))
            best = row;
    return best;
}

static void swap_rows(struct lu *lu, size_t a, size_t b)
{
    size_t order = lu->order[a];

    if (a == b)
        return;
    lu->order[a] = lu->order[b];
    lu->order[b] = order;
    lu->sign = -lu->sign;
    for (size_t column = 0; column < lu->factors.columns; column++) {
        double cell = MATRIX_AT(&lu->factors, a, column);

        MATRIX_AT(&lu->factors, a, column) = MATRIX_AT(&lu->factors, b, column);
        MATRIX_AT(&lu->factors, b, column) = cell;
    }
}

/* Takes the pivot's row out of those below it, and keeps the multipliers where zeros come to be. */
static void eliminate(struct matrix *factors, size_t step)
{
    for (size_t row = step + 1; row < factors->rows; row++) {
        double multiplier = MATRIX_AT(factors, row, step) / MATRIX_AT(factors, step, step);

        MATRIX_AT(factors, row, step) = multiplier;
        for (size_t column = step + 1; column < factors->columns; column++)
            MATRIX_AT(factors, row, column) -= multiplier * MATRIX_AT(factors, step, column);
    }
}

static enum matrix_status start(struct lu *lu, const struct matrix *matrix)
{
    matrix_init(&lu->factors);
    lu->order = NULL;
    lu->sign = 1;
    if (matrix->rows != matrix->columns)
        return MATRIX_SHAPE;
    lu->order = malloc((matrix->rows + 1) * sizeof *lu->order);
    if (lu->order == NULL)
        return MATRIX_NO_MEMORY;
    for (size_t row = 0; row < matrix->rows; row++)
        lu->order[row] = row;
    return matrix_copy(&lu->factors, matrix);
}

enum matrix_status lu_factor(struct lu *lu, const struct matrix *matrix)
{
    double least = MATRIX_EPSILON * magnitude(matrix);
    enum matrix_status status = start(lu, matrix);

    for (size_t step = 0; status == MATRIX_OK && step < matrix->rows; step++) {
        swap_rows(lu, step, pivot_row(&lu->factors, step));
        if (fabs(MATRIX_AT(&lu->factors, step, step)) <= least)
            status = MATRIX_SINGULAR;
        else
            eliminate(&lu->factors, step);
    }
    if (status != MATRIX_OK)
        lu_free(lu);
    return status;
}

void lu_free(struct lu *lu)
{
    matrix_free(&lu->factors);
    free(lu->order);
    lu->order = NULL;
    lu->sign = 1;
}

/* Solves L y = x in place, column by column; the ones on the diagonal of L are not stored. */
static void substitute_forward(const struct matrix *factors, struct matrix *x)
{
    for (size_t row = 0; row < x->rows; row++)
        for (size_t k = 0; k < row; k++)
            for (size_t column = 0; column < x->columns; column++)
                MATRIX_AT(x, row, column) -= MATRIX_AT(factors, row, k) * MATRIX_AT(x, k, column);
}

/* Solves U x = y in place. */
static void substitute_backward(const struct matrix *factors, struct matrix *x)
{
    for (size_t row = x->rows; row-- > 0;) {
        for (size_t k = row + 1; k < x->rows; k++)
            for (size_t column = 0; column < x->columns; column++)
                MATRIX_AT(x, row, column) -= MATRIX_AT(factors, row, k) * MATRIX_AT(x, k, column);
        for (size_t column = 0; column < x->columns; column++)
            MATRIX_AT(x, row, column) /= MATRIX_AT(factors, row, row);
    }
}

enum matrix_status lu_solve(const struct lu *lu, struct matrix *x, const struct matrix *b)
{
    struct matrix made;
    enum matrix_status status;

    if (b->rows != lu->factors.rows)
        return MATRIX_SHAPE;
    matrix_init(&made);
    status = matrix_reshape(&made, b->rows, b->columns);
    if (status != MATRIX_OK)
        return status;
    for (size_t row = 0; row < made.rows; row++)
        for (size_t column = 0; column < made.columns; column++)
            MATRIX_AT(&made, row, column) = MATRIX_AT(b, lu->order[row], column);
    substitute_forward(&lu->factors, &made);
    substitute_backward(&lu->factors, &made);
    matrix_move(x, &made);
    return MATRIX_OK;
}

double lu_determinant(const struct lu *lu)
{
    double product = lu->sign;

    for (size_t i = 0; i < lu->factors.rows; i++)
        product *= MATRIX_AT(&lu->factors, i, i);
    return product;
}

enum matrix_status lu_inverse(struct matrix *inverse, const struct matrix *matrix)
{
    struct matrix identity;
    struct lu lu;
    enum matrix_status status = lu_factor(&lu, matrix);

    if (status != MATRIX_OK)
        return status;
    matrix_init(&identity);
    status = matrix_identity(&identity, matrix->rows);
    if (status == MATRIX_OK)
        status = lu_solve(&lu, inverse, &identity);
    matrix_free(&identity);
    lu_free(&lu);
    return status;
}
