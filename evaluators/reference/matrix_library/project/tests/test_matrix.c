#include "check.h"
#include "matrix.h"
#include "ops.h"
#include "text.h"

static struct matrix made(const char *text)
{
    struct matrix matrix;
    size_t at;

    matrix_init(&matrix);
    CHECK(matrix_parse(&matrix, text, &at) == MATRIX_OK);
    return matrix;
}

/* Compares with what the text says, and frees the matrix. */
static int is(struct matrix matrix, const char *text)
{
    struct matrix expected = made(text);
    int same = matrix_equal(&matrix, &expected);

    matrix_free(&expected);
    matrix_free(&matrix);
    return same;
}

static void test_memory(void)
{
    struct matrix a = made("1 2; 3 4"), b;

    matrix_init(&b);
    CHECK(matrix_reshape(&b, 2, 0) == MATRIX_SHAPE);
    CHECK(matrix_reshape(&b, (size_t)-1, 2) == MATRIX_NO_MEMORY);
    CHECK(matrix_copy(&b, &a) == MATRIX_OK && matrix_equal(&a, &b));
    CHECK(MATRIX_AT(&b, 1, 0) == 3);
    MATRIX_AT(&b, 1, 0) = 5;
    CHECK(!matrix_equal(&a, &b));
    matrix_move(&a, &b);
    CHECK(b.cells == NULL && b.rows == 0 && b.columns == 0);
    matrix_move(&a, &a);
    CHECK(is(a, "1 2; 5 4"));
    matrix_free(&b);
}

static void test_operations(void)
{
    struct matrix a = made("1 2; 3 4; 5 6"), b = made("1 0 2; 0 1 3"), c, empty;

    matrix_init(&c);
    matrix_init(&empty);
    CHECK(matrix_multiply(&c, &a, &a) == MATRIX_SHAPE);
    CHECK(matrix_multiply(&c, &empty, &empty) == MATRIX_OK && c.cells == NULL);
    CHECK(matrix_multiply(&a, &a, &b) == MATRIX_OK);
    CHECK(is(a, "1 2 8; 3 4 18; 5 6 28"));
    CHECK(matrix_transpose(&b, &b) == MATRIX_OK);
    CHECK(is(b, "1 0; 0 1; 2 3"));
    CHECK(matrix_identity(&c, 2) == MATRIX_OK);
    CHECK(matrix_add_scaled(&c, &c, 2) == MATRIX_OK);
    CHECK(matrix_add_scaled(&c, &empty, 2) == MATRIX_SHAPE);
    CHECK(is(c, "3 0; 0 3"));
}

int main(void)
{
    test_memory();
    test_operations();
    return failures != 0;
}
