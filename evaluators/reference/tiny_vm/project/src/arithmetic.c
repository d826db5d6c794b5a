#include "arithmetic.h"

/* The value with these bits. */
static int32_t wrapped(uint32_t bits)
{
    return bits <= INT32_MAX ? (int32_t)bits : -(int32_t)(UINT32_MAX - bits) - 1;
}

/* The smallest value divided by -1 does not fit, and wraps round to itself. */
static int32_t quotient(int32_t a, int32_t b)
{
    return b == -1 ? wrapped(0u - (uint32_t)a) : a / b;
}

static int32_t remainder_of(int32_t a, int32_t b)
{
    return b == -1 ? 0 : a % b;
}

int compute(enum vm_opcode opcode, int32_t a, int32_t b, int32_t *result)
{
    if ((opcode == VM_DIV || opcode == VM_MOD) && b == 0)
        return VM_DIVISION_BY_ZERO;
    switch (opcode) {
    case VM_ADD:
        *result = wrapped((uint32_t)a + (uint32_t)b);
        return VM_OK;
    case VM_SUB:
        *result = wrapped((uint32_t)a - (uint32_t)b);
        return VM_OK;
    case VM_MUL:
        *result = wrapped((uint32_t)a * (uint32_t)b);
        return VM_OK;
    case VM_DIV:
        *result = quotient(a, b);
        return VM_OK;
    case VM_MOD:
        *result = remainder_of(a, b);
        return VM_OK;
    case VM_LESS:
        *result = a < b;
        return VM_OK;
    case VM_EQUAL:
        *result = a == b;
        return VM_OK;
    default:
        return VM_BAD_OPCODE;
    }
}
