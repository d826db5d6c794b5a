#ifndef ARITH_H
#define ARITH_H

#include <stdint.h>

#include "expr.h"

/* Operators: those of one operand first. */
enum op {
    OP_NEGATE,
    OP_NOT,
    OP_ABS,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_REMAINDER,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_GREATER,
    OP_GREATER_EQUAL,
    OP_EQUAL,
    OP_NOT_EQUAL,
    OP_AND,
    OP_OR,
    OP_MIN,
    OP_MAX
};

/* Applies an operator of one operand. May be EXPR_OVERFLOW; `*result` is then as it was. */
enum expr_status apply_unary(enum op op, int32_t a, int32_t *result);

/* Applies an operator of two operands. May be EXPR_OVERFLOW or EXPR_DIVISION_BY_ZERO; `*result` is then as it was. */
enum expr_status apply_binary(enum op op, int32_t a, int32_t b, int32_t *result);

/* How an operator is written. */
const char *op_text(enum op op);

#endif
