#include "arith.h"

/* Stores a result that was computed in 64 bits. */
static enum expr_status fits(int64_t wide, int32_t *result)
{
    if (wide < INT32_MIN || wide > INT32_MAX)
        return EXPR_OVERFLOW;
    *result = (int32_t)wide;
    return EXPR_OK;
}

enum expr_status apply_unary(enum op op, int32_t a, int32_t *result)
{
    int64_t wide = a;

    switch (op) {
    case OP_NEGATE:
        return fits(-wide, result);
    case OP_ABS:
        return fits(wide < 0 ? -wide : wide, result);
    default:
        return fits(!a, result);
    }
}

enum expr_status apply_binary(enum op op, int32_t a, int32_t b, int32_t *result)
{
    int64_t wide = a;

    if ((op == OP_DIVIDE || op == OP_REMAINDER) && b == 0)
        return EXPR_DIVISION_BY_ZERO;
    switch (op) {
    case OP_ADD:
        return fits(wide + b, result);
    case OP_SUBTRACT:
        return fits(wide - b, result);
    case OP_MULTIPLY:
        return fits(wide * b, result);
    case OP_DIVIDE:
        return fits(wide / b, result);
    case OP_REMAINDER:
        return fits(wide % b, result);
    case OP_LESS:
        return fits(a < b, result);
    case OP_LESS_EQUAL:
        return fits(a <= b, result);
    case OP_GREATER:
        return fits(a > b, result);
    case OP_GREATER_EQUAL:
        return fits(a >= b, result);
    case OP_EQUAL:
        return fits(a == b, result);
    case OP_NOT_EQUAL:
        return fits(a != b, result);
    case OP_AND:
        return fits(a && b, result);
    case OP_OR:
        return fits(a || b, result);
    case OP_MIN:
        return fits(a < b ? a : b, result);
    default:
        return fits(a > b ? a : b, result);
    }
}

const char *op_text(enum op op)
{
    static const char *const texts[] = {
        "-", "!", "abs", "+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=", "&&", "||", "min", "max",
    };

    return texts[op];
}
