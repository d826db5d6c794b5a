#include "ops.h"

enum matrix_status matrix_identity(struct matrix *matrix, size_t n)
{
    enum matrix_status status = matrix_reshape(matrix, n, n);

    if (status != MATRIX_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        MATRIX_AT(matrix, i, i) = 1;
    return MATRIX_OK;
}

enum matrix_status matrix_add_scaled(struct matrix *a, const struct matrix *b, double factor)
{
    if (a->rows != b->rows || a->columns != b->columns)
        return MATRIX_SHAPE;
    for (size_t i = 0; i < a->rows * a->columns; i++)
        a->cells[i] += factor * b->cells[i];
    return MATRIX_OK;
}

/* The product of a row and a column. */
static double dot(const struct matrix *a, size_t row, const struct matrix *b, size_t column)
{
    double sum = 0;

    for (size_t i = 0; i < a->columns; i++)
        sum += MATRIX_AT(a, row, i) * MATRIX_AT(b, i, column);
    return sum;
}

enum matrix_status matrix_multiply(struct matrix *product, const struct matrix *a, const struct matrix *b)
{
    struct matrix made;
    enum matrix_status status;

    if (a->columns != b->rows)
        return MATRIX_SHAPE;
    matrix_init(&made);
    status = matrix_reshape(&made, a->rows, b->columns);
    if (status != MATRIX_OK)
        return status;
    for (size_t row = 0; row < made.rows; row++)
        for (size_t column = 0; column < made.columns; column++)
            MATRIX_AT(&made, row, column) = dot(a, row, b, column);
    matrix_move(product, &made);
    return MATRIX_OK;
}

enum matrix_status matrix_transpose(struct matrix *to, const struct matrix *from)
{
    struct matrix made;
    enum matrix_status status;

    matrix_init(&made);
    status = matrix_reshape(&made, from->columns, from->rows);
    if (status != MATRIX_OK)
        return status;
    for (size_t row = 0; row < made.rows; row++)
        for (size_t column = 0; column < made.columns; column++)
            MATRIX_AT(&made, row, column) = MATRIX_AT(from, column, row);
    matrix_move(to, &made);
    return MATRIX_OK;
}
