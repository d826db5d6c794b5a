#ifndef ASSEMBLER_H
#define ASSEMBLER_H

#include <stddef.h>

#include "vm.h"

enum asm_error {
    ASM_OK = 0,
    ASM_UNKNOWN_NAME = -1, /* no instruction is called so */
    ASM_BAD_OPERAND = -2,  /* missing, superfluous, too large, or a label that is nowhere */
    ASM_BAD_LABEL = -3,    /* there twice, too long, or one too many */
    ASM_NO_ROOM = -4       /* too many instructions */
};

/*
 * Translates a text into a program. A line has a label with a colon, or an instruction, or first the one and then the
 * other; what follows a ';' is a comment:
 *
 *             push 10
 *     again:  push 1      ; one less
 *             sub
 *             dup
 *             jumpz done
 *             jump again
 *     done:   halt
 *
 * Instructions are halt push pop dup swap over add sub mul div mod less equal jump jumpz call return load store.
 * Operands are numbers, or labels, which stand for the place of the instruction behind them.
 *
 * Returns ASM_OK with the number of instructions in *length, or an error with the number of its line, from 1, there.
 */
int assemble(const char *text, struct vm_instruction *program, size_t room, size_t *length);

#endif
