#include "matrix.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void matrix_init(struct matrix *matrix)
{
    matrix->rows = 0;
    matrix->columns = 0;
    matrix->cells = NULL;
}

void matrix_free(struct matrix *matrix)
{
    free(matrix->cells);
    matrix_init(matrix);
}

enum matrix_status matrix_reshape(struct matrix *matrix, size_t rows, size_t columns)
{
    double *cells = NULL;

    if ((rows == 0) != (columns == 0))
        return MATRIX_SHAPE;
    if (rows > 0) {
        if (columns > SIZE_MAX / sizeof *cells / rows)
            return MATRIX_NO_MEMORY;
        cells = calloc(rows * columns, sizeof *cells);
        if (cells == NULL)
            return MATRIX_NO_MEMORY;
    }
    free(matrix->cells);
    matrix->rows = rows;
    matrix->columns = columns;
    matrix->cells = cells;
    return MATRIX_OK;
}

enum matrix_status matrix_copy(struct matrix *to, const struct matrix *from)
{
    struct matrix copy;
    enum matrix_status status;

    matrix_init(&copy);
    status = matrix_reshape(&copy, from->rows, from->columns);
    if (status != MATRIX_OK)
        return status;
    if (copy.cells != NULL)
        memcpy(copy.cells, from->cells, from->rows * from->columns * sizeof *copy.cells);
    matrix_move(to, &copy);
    return MATRIX_OK;
}

void matrix_move(struct matrix *to, struct matrix *from)
{
    if (to == from)
        return;
    free(to->cells);
    *to = *from;
    matrix_init(from);
}

static int same_number(double a, double b)
{
    return fabs(a - b) <= MATRIX_EPSILON * fmax(fabs(a), fabs(b));
}

int matrix_equal(const struct matrix *a, const struct matrix *b)
{
    if (a->rows != b->rows || a->columns != b->columns)
        return 0;
    for (size_t i = 0; i < a->rows * a->columns; i++)
        if (!same_number(a->cells[i], b->cells[i]))
            return 0;
    return 1;
}
