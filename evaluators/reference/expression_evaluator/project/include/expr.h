#ifndef EXPR_H
#define EXPR_H

#include <stddef.h>
#include <stdint.h>

/* The longest text of an expression, and the longest name in it. */
#define EXPR_TEXT_MAX 1000
#define EXPR_NAME_MAX 15

/* What became of a call. */
enum expr_status {
    EXPR_OK,
    EXPR_SYNTAX,
    EXPR_TOO_LONG,
    EXPR_UNKNOWN_NAME,
    EXPR_DIVISION_BY_ZERO,
    EXPR_OVERFLOW,
    EXPR_NO_SPACE, /* the caller's buffer is too small */
    EXPR_NO_MEMORY
};

/* A compiled expression. */
struct expr;

/* A variable has its value while an expression is evaluated. */
struct expr_variable {
    const char *name;
    int32_t value;
};

/*
 * Compiles a text. When it fails, `*compiled` is NULL and `*error_at`, if that is not NULL, says how many characters of
 * the text were right.
 */
enum expr_status expr_compile(const char *text, struct expr **compiled, size_t *error_at);

/* Evaluates with these variables. `*value` changes only when the status is EXPR_OK. */
enum expr_status expr_eval(const struct expr *compiled, const struct expr_variable *variables, size_t count,
                           int32_t *value);

/* Writes the expression with a pair of parentheses around each operation, and a NUL. */
enum expr_status expr_print(const struct expr *compiled, char *out, size_t size);

/* How many nodes its tree has: numbers, names, and operations. */
size_t expr_size(const struct expr *compiled);

/* Frees it. NULL is fine. */
void expr_free(struct expr *compiled);

#endif
