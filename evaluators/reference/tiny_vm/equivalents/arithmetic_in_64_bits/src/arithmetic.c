#include "arithmetic.h"

/* The 32 lowest bits of a value, with their sign. */
static int32_t low(int64_t value)
{
    int64_t bits = value & 0xffffffff;

    return (int32_t)(bits > INT32_MAX ? bits - 0x100000000 : bits);
}

int compute(enum vm_opcode opcode, int32_t a, int32_t b, int32_t *result)
{
    int64_t left = a, right = b;

    switch (opcode) {
    case VM_ADD:
        left += right;
        break;
    case VM_SUB:
        left -= right;
        break;
    case VM_MUL:
        left *= right;
        break;
    case VM_DIV:
    case VM_MOD:
        if (right == 0)
            return VM_DIVISION_BY_ZERO;
        left = opcode == VM_DIV ? left / right : left % right;
        break;
    case VM_LESS:
        left = left < right;
        break;
    case VM_EQUAL:
        left = left == right;
        break;
    default:
        return VM_BAD_OPCODE;
    }
    *result = low(left);
    return VM_OK;
}
