#include "opcodes.h"

#include <string.h>

static const struct opcode_info infos[] = {
    [VM_HALT] = {"halt", 0, 0, 0},
    [VM_PUSH] = {"push", 1, 0, 1},
    [VM_POP] = {"pop", 0, 1, 0},
    [VM_DUP] = {"dup", 0, 1, 2},
    [VM_SWAP] = {"swap", 0, 2, 2},
    [VM_OVER] = {"over", 0, 2, 3},
    [VM_ADD] = {"add", 0, 2, 1},
    [VM_SUB] = {"sub", 0, 2, 1},
    [VM_MUL] = {"mul", 0, 2, 1},
    [VM_DIV] = {"div", 0, 2, 1},
    [VM_MOD] = {"mod", 0, 2, 1},
    [VM_LESS] = {"less", 0, 2, 1},
    [VM_EQUAL] = {"equal", 0, 2, 1},
    [VM_JUMP] = {"jump", 1, 0, 0},
    [VM_JUMP_ZERO] = {"jumpz", 1, 1, 0},
    [VM_CALL] = {"call", 1, 0, 0},
    [VM_RETURN] = {"return", 0, 0, 0},
    [VM_LOAD] = {"load", 1, 0, 1},
    [VM_STORE] = {"store", 1, 1, 0},
};

#define COUNT (sizeof infos / sizeof infos[0])

const struct opcode_info *opcode_info(enum vm_opcode opcode)
{
    return (size_t)opcode < COUNT ? &infos[opcode] : NULL;
}

int opcode_named(const char *name, size_t length, enum vm_opcode *opcode)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (strlen(infos[i].name) == length && memcmp(infos[i].name, name, length) == 0) {
            *opcode = (enum vm_opcode)i;
            return 1;
        }
    }
    return 0;
}
