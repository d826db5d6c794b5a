/* Arithmetic on 32-bit values that wraps round; for the machine. */
#ifndef ARITHMETIC_H
#define ARITHMETIC_H

#include "vm.h"

/* What VM_ADD to VM_EQUAL make of two values. Returns VM_OK, or VM_DIVISION_BY_ZERO with *result as it was. */
int compute(enum vm_opcode opcode, int32_t a, int32_t b, int32_t *result);

#endif
