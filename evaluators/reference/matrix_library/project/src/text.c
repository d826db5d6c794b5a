#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first byte that is neither a blank nor a comma. */
static const char *skip_gap(const char *text)
{
    return text + strspn(text, " \t,");
}

static int ends_row(char c)
{
    return c == ';' || c == '\n' || c == '\0';
}

/* Reads a row's numbers to `cells`, at most `room` of them, and counts all. Returns where the reading stopped. */
static const char *read_row(const char *text, double *cells, size_t room, size_t *count)
{
    *count = 0;
    for (;;) {
        char *end;
        double number;

        text = skip_gap(text);
        if (ends_row(*text))
            return text;
        number = strtod(text, &end);
        if (end == text)
            return text;
        if (*count < room)
            cells[*count] = number;
        ++*count;
        text = end;
    }
}

/* The shape of the matrix that the text describes. Returns where the text goes wrong, or its end. */
static const char *measure(const char *text, size_t *rows, size_t *columns)
{
    *rows = *columns = 0;
    for (;;) {
        size_t count;
        const char *row = text;

        text = read_row(text, NULL, 0, &count);
        if (!ends_row(*text))
            return text;
        if (count > 0) {
            if (*rows > 0 && count != *columns)
                return row;
            *columns = count;
            ++*rows;
        }
        if (*text == '\0')
            return text;
        text++;
    }
}

enum matrix_status matrix_parse(struct matrix *matrix, const char *text, size_t *at)
{
    size_t rows, columns, count;
    struct matrix made;
    const char *stop = measure(text, &rows, &columns);
    enum matrix_status status;

    *at = (size_t)(stop - text);
    if (*stop != '\0')
        return MATRIX_SYNTAX;
    matrix_init(&made);
    status = matrix_reshape(&made, rows, columns);
    if (status != MATRIX_OK)
        return status;
    for (size_t row = 0; row < rows; text++) {
        text = read_row(text, made.cells + row * columns, columns, &count);
        row += count > 0;
    }
    matrix_move(matrix, &made);
    return MATRIX_OK;
}

size_t matrix_format(char *out, size_t size, const struct matrix *matrix)
{
    size_t length = 0;

    if (size > 0)
        out[0] = '\0';
    for (size_t row = 0; row < matrix->rows; row++) {
        for (size_t column = 0; column < matrix->columns; column++) {
            char end = column + 1 < matrix->columns ? ' ' : '\n';
            size_t room = length < size ? size - length : 0;

            length += (size_t)snprintf(room > 0 ? out + length : NULL, room, "%.10g%c",
                                       MATRIX_AT(matrix, row, column), end);
        }
    }
    return length;
}

const char *matrix_status_text(enum matrix_status status)
{
    switch (status) {
    case MATRIX_OK:
        return "all is well";
    case MATRIX_NO_MEMORY:
        return "no memory";
    case MATRIX_SHAPE:
        return "the shapes do not go together";
    case MATRIX_SINGULAR:
        return "the matrix is singular";
    case MATRIX_SYNTAX:
        return "this is no matrix";
    }
    return "unknown";
}
