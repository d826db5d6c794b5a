#include <string.h>

#include "check.h"
#include "text.h"

static void check_parsed(const char *text, const char *expected)
{
    struct matrix matrix;
    char out[128];
    size_t at;

    matrix_init(&matrix);
    CHECK(matrix_parse(&matrix, text, &at) == MATRIX_OK && at == strlen(text));
    CHECK(matrix_format(out, sizeof out, &matrix) == strlen(expected));
    CHECK(strcmp(out, expected) == 0);
    CHECK(matrix_format(NULL, 0, &matrix) == strlen(expected));
    matrix_free(&matrix);
}

static void check_refused(const char *text, size_t expected)
{
    struct matrix matrix;
    size_t at;

    matrix_init(&matrix);
    CHECK(matrix_reshape(&matrix, 1, 1) == MATRIX_OK);
    CHECK(matrix_parse(&matrix, text, &at) == MATRIX_SYNTAX && at == expected);
    CHECK(matrix.rows == 1 && matrix.columns == 1);
    matrix_free(&matrix);
}

static void test_cut(void)
{
    struct matrix matrix;
    char out[6];
    size_t at;

    matrix_init(&matrix);
    CHECK(matrix_parse(&matrix, "10 20; 30 40", &at) == MATRIX_OK);
    CHECK(matrix_format(out, sizeof out, &matrix) == 12);
    CHECK(strcmp(out, "10 20") == 0);
    matrix_free(&matrix);
}

int main(void)
{
    check_parsed("1 2; 3 4", "1 2\n3 4\n");
    check_parsed("\n1,-2.5\n\n 3e2, .5;;\n", "1 -2.5\n300 0.5\n");
    check_parsed(" ; \n", "");
    check_refused("1 2; 3 x", 7);
    check_refused("1 2; 3", 4);
    test_cut();
    CHECK(strcmp(matrix_status_text(MATRIX_SINGULAR), "the matrix is singular") == 0);
    return failures != 0;
}
