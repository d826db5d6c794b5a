/* mat det M | mat inv M | mat mul M M | mat solve M M, each M as "1 2; 3 4" */
#include <stdio.h>
#include <string.h>

#include "lu.h"
#include "matrix.h"
#include "ops.h"
#include "text.h"

#define MOST 4096

static enum matrix_status determinant(struct matrix *result, const struct matrix *a)
{
    struct lu lu;
    enum matrix_status status = lu_factor(&lu, a);

    if (status != MATRIX_OK && status != MATRIX_SINGULAR)
        return status;
    if (matrix_reshape(result, 1, 1) != MATRIX_OK)
        status = MATRIX_NO_MEMORY;
    else if (status == MATRIX_OK)
        MATRIX_AT(result, 0, 0) = lu_determinant(&lu);
    lu_free(&lu);
    return status == MATRIX_SINGULAR ? MATRIX_OK : status;
}

static enum matrix_status solve(struct matrix *result, const struct matrix *a, const struct matrix *b)
{
    struct lu lu;
    enum matrix_status status = lu_factor(&lu, a);

    if (status == MATRIX_OK)
        status = lu_solve(&lu, result, b);
    lu_free(&lu);
    return status;
}

/* Does what the command says. Returns MATRIX_SYNTAX for one that is not known. */
static enum matrix_status run(const char *command, struct matrix *result, const struct matrix *a,
                              const struct matrix *b)
{
    if (strcmp(command, "det") == 0)
        return determinant(result, a);
    if (strcmp(command, "inv") == 0)
        return lu_inverse(result, a);
    if (strcmp(command, "mul") == 0)
        return matrix_multiply(result, a, b);
    if (strcmp(command, "solve") == 0)
        return solve(result, a, b);
    return MATRIX_SYNTAX;
}

int main(int argc, char **argv)
{
    struct matrix result, given[2];
    enum matrix_status status = argc >= 3 ? MATRIX_OK : MATRIX_SYNTAX;
    char out[MOST];
    size_t at;

    matrix_init(&result);
    matrix_init(&given[0]);
    matrix_init(&given[1]);
    for (int i = 0; i < 2 && i + 2 < argc && status == MATRIX_OK; i++)
        status = matrix_parse(&given[i], argv[i + 2], &at);
    if (status == MATRIX_OK)
        status = run(argv[1], &result, &given[0], &given[1]);
    if (status == MATRIX_OK) {
        matrix_format(out, sizeof out, &result);
        fputs(out, stdout);
    } else {
        fprintf(stderr, "mat: %s\n", matrix_status_text(status));
    }
    matrix_free(&result);
    matrix_free(&given[0]);
    matrix_free(&given[1]);
    return status != MATRIX_OK;
}
