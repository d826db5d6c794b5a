#include <math.h>

#include "check.h"
#include "lu.h"
#include "ops.h"
#include "text.h"

static void parse(struct matrix *matrix, const char *text)
{
    size_t at;

    matrix_init(matrix);
    CHECK(matrix_parse(matrix, text, &at) == MATRIX_OK);
}

static void check_determinant(const char *text, double expected)
{
    struct matrix a;
    struct lu lu;

    parse(&a, text);
    CHECK(lu_factor(&lu, &a) == MATRIX_OK);
    CHECK(fabs(lu_determinant(&lu) - expected) < 1e-9);
    lu_free(&lu);
    matrix_free(&a);
}

static void check_refused(const char *text, enum matrix_status expected)
{
    struct matrix a;
    struct lu lu;

    parse(&a, text);
    CHECK(lu_factor(&lu, &a) == expected);
    CHECK(lu.order == NULL && lu.factors.cells == NULL);
    CHECK(lu_inverse(&a, &a) == expected);
    matrix_free(&a);
}

static void test_systems(void)
{
    struct matrix a, b, x, expected;
    struct lu lu;

    parse(&a, "0 2 1; 1 1 0; 4 0 3");
    parse(&b, "7 0; 3 2; 13 1");
    parse(&expected, "1 1; 2 1; 3 -1");
    matrix_init(&x);
    CHECK(lu_factor(&lu, &a) == MATRIX_OK);
    CHECK(matrix_multiply(&b, &a, &expected) == MATRIX_OK);
    CHECK(lu_solve(&lu, &x, &b) == MATRIX_OK && matrix_equal(&x, &expected));
    CHECK(lu_solve(&lu, &b, &b) == MATRIX_OK && matrix_equal(&b, &expected));
    CHECK(matrix_reshape(&b, 2, 2) == MATRIX_OK);
    CHECK(lu_solve(&lu, &x, &b) == MATRIX_SHAPE && matrix_equal(&x, &expected));
    lu_free(&lu);
    matrix_free(&a);
    matrix_free(&b);
    matrix_free(&x);
    matrix_free(&expected);
}

static void test_inverse(void)
{
    struct matrix a, expected;

    parse(&a, "0 4; 2 0");
    parse(&expected, "0 0.5; 0.25 0");
    CHECK(lu_inverse(&a, &a) == MATRIX_OK && matrix_equal(&a, &expected));
    matrix_free(&a);
    matrix_free(&expected);
}

int main(void)
{
    check_determinant("1 2; 3 4", -2);
    check_determinant("0 0 1; 0 1 0; 1 0 0", -1);
    check_determinant("", 1);
    check_refused("1 2; 2 4", MATRIX_SINGULAR);
    check_refused("0", MATRIX_SINGULAR);
    check_refused("1 2 3; 4 5 6", MATRIX_SHAPE);
    test_systems();
    test_inverse();
    return failures != 0;
}
