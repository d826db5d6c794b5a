/* The instructions' names and what they do to the stack; for the machine and the assembler. */
#ifndef OPCODES_H
#define OPCODES_H

#include <stddef.h>

#include "vm.h"

struct opcode_info {
    const char *name;
    int has_operand;
    size_t takes; /* values from the stack */
    size_t gives; /* values to the stack */
};

/* NULL when there is no such instruction. */
const struct opcode_info *opcode_info(enum vm_opcode opcode);

/* Stores the instruction whose name is `length` characters of a text. Returns 1, or 0 when there is none. */
int opcode_named(const char *name, size_t length, enum vm_opcode *opcode);

#endif
