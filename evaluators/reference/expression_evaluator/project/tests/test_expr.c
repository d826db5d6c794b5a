#include <string.h>

#include "check.h"
#include "expr.h"

static const struct expr_variable variables[] = {{"x", 7}, {"zero", 0}, {"big", 2147483647}};

/* The value of a text; -1000 less the status when it has none. */
static long value_of(const char *text)
{
    struct expr *compiled;
    int32_t value = 0;
    enum expr_status status = expr_compile(text, &compiled, NULL);

    if (status == EXPR_OK)
        status = expr_eval(compiled, variables, sizeof variables / sizeof *variables, &value);
    expr_free(compiled);
    return status == EXPR_OK ? (long)value : -1000 - (long)status;
}

static void operators_bind_as_in_c(void)
{
    CHECK(value_of("1 + 2 * 3") == 7);
    CHECK(value_of("(1 + 2) * 3") == 9);
    CHECK(value_of("10 - 4 - 3") == 3);
    CHECK(value_of("-x + 1") == -6);
    CHECK(value_of("!x || !zero && 1") == 1);
    CHECK(value_of("1 < 2 == 3 >= 3") == 1);
    CHECK(value_of("x > 5 ? x : zero ? 1 : 2") == 7);
    CHECK(value_of("-7 / 2") == -3 && value_of("-7 % 2") == -1);
    CHECK(value_of("min(x, 3) + max(x, 3) * abs(-2)") == 17);
}

static void what_is_not_needed_is_not_looked_at(void)
{
    CHECK(value_of("zero && 1 / zero") == 0);
    CHECK(value_of("x || nobody") == 1);
    CHECK(value_of("zero == 0 ? 5 : x / zero") == 5);
    CHECK(value_of("x && 3") == 1);
}

static void errors_are_told_apart(void)
{
    CHECK(value_of("x / zero") == -1000 - EXPR_DIVISION_BY_ZERO);
    CHECK(value_of("5 % 0") == -1000 - EXPR_DIVISION_BY_ZERO);
    CHECK(value_of("big + 1") == -1000 - EXPR_OVERFLOW);
    CHECK(value_of("-(-big - 1)") == -1000 - EXPR_OVERFLOW);
    CHECK(value_of("(-big - 1) / -1") == -1000 - EXPR_OVERFLOW);
    CHECK(value_of("nobody") == -1000 - EXPR_UNKNOWN_NAME);
    CHECK(value_of("1 +") == -1000 - EXPR_SYNTAX);
    CHECK(value_of("2147483648") == -1000 - EXPR_SYNTAX);
    CHECK(value_of("max(1)") == -1000 - EXPR_SYNTAX && value_of("f(1)") == -1000 - EXPR_SYNTAX);
    CHECK(value_of("(1") == -1000 - EXPR_SYNTAX && value_of("1 ? 2") == -1000 - EXPR_SYNTAX);
}

static void a_syntax_error_has_a_place(void)
{
    struct expr *compiled;
    size_t at = 0;

    CHECK(expr_compile("x + * 2", &compiled, &at) == EXPR_SYNTAX && compiled == NULL && at == 4);
    CHECK(expr_compile("x 2", &compiled, &at) == EXPR_SYNTAX && at == 2);
    CHECK(expr_compile("", &compiled, &at) == EXPR_SYNTAX && at == 0);
}

static void trees_are_printed_with_parentheses(void)
{
    char out[64];
    struct expr *compiled;

    CHECK(expr_compile("-x*2 + min(x, y) ? !a : abs(b)", &compiled, NULL) == EXPR_OK);
    CHECK(expr_size(compiled) == 13);
    CHECK(expr_print(compiled, out, sizeof out) == EXPR_OK);
    CHECK(strcmp(out, "((((-x) * 2) + min(x, y)) ? (!a) : abs(b))") == 0);
    CHECK(expr_print(compiled, out, 10) == EXPR_NO_SPACE);
    expr_free(compiled);
}

int main(void)
{
    operators_bind_as_in_c();
    what_is_not_needed_is_not_looked_at();
    errors_are_told_apart();
    a_syntax_error_has_a_place();
    trees_are_printed_with_parentheses();
    puts("test_expr: passed");
    return 0;
}
