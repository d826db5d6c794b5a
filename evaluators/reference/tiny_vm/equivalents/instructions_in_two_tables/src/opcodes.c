#include "opcodes.h"

#include <string.h>

#define COUNT 19

static const char names[COUNT][8] = {
    "halt", "push", "pop", "dup", "swap", "over", "add", "sub", "mul", "div",
    "mod", "less", "equal", "jump", "jumpz", "call", "return", "load", "store",
};
static const struct opcode_info infos[COUNT] = {
    {names[0], 0, 0, 0}, {names[1], 1, 0, 1}, {names[2], 0, 1, 0}, {names[3], 0, 1, 2}, {names[4], 0, 2, 2},
    {names[5], 0, 2, 3}, {names[6], 0, 2, 1}, {names[7], 0, 2, 1}, {names[8], 0, 2, 1}, {names[9], 0, 2, 1},
    {names[10], 0, 2, 1}, {names[11], 0, 2, 1}, {names[12], 0, 2, 1}, {names[13], 1, 0, 0}, {names[14], 1, 1, 0},
    {names[15], 1, 0, 0}, {names[16], 0, 0, 0}, {names[17], 1, 0, 1}, {names[18], 1, 1, 0},
};

const struct opcode_info *opcode_info(enum vm_opcode opcode)
{
    return (size_t)opcode < COUNT ? &infos[opcode] : NULL;
}

int opcode_named(const char *name, size_t length, enum vm_opcode *opcode)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (strncmp(names[i], name, length) == 0 && names[i][length] == '\0') {
            *opcode = (enum vm_opcode)i;
            return 1;
        }
    }
    return 0;
}
