#ifndef VM_H
#define VM_H

#include <stddef.h>
#include <stdint.h>

#define VM_STACK 32  /* values on the stack */
#define VM_CALLS 8   /* calls within each other */
#define VM_MEMORY 16 /* cells of memory */

/* What an instruction does; "a b" are the two topmost values, b on top. */
enum vm_opcode {
    VM_HALT,      /* ends the program */
    VM_PUSH,      /* pushes the operand */
    VM_POP,       /* drops b */
    VM_DUP,       /* pushes b once more */
    VM_SWAP,      /* a b become b a */
    VM_OVER,      /* pushes a */
    VM_ADD,       /* a b become a + b, and so on */
    VM_SUB,       /* a - b */
    VM_MUL,       /* a * b */
    VM_DIV,       /* a / b, towards zero */
    VM_MOD,       /* what a / b leaves: it has the sign of a, or is 0 */
    VM_LESS,      /* 1 if a < b, else 0 */
    VM_EQUAL,     /* 1 if a == b, else 0 */
    VM_JUMP,      /* goes on at the operand */
    VM_JUMP_ZERO, /* drops b; goes on at the operand if b was 0 */
    VM_CALL,      /* goes on at the operand, until a VM_RETURN */
    VM_RETURN,    /* goes on behind the last VM_CALL that has not returned */
    VM_LOAD,      /* pushes the memory cell that the operand names */
    VM_STORE      /* drops b into the memory cell that the operand names */
};

enum vm_error {
    VM_OK = 0,
    VM_OUT_OF_STEPS = -1,
    VM_UNDERFLOW = -2,        /* fewer values on the stack than the instruction takes */
    VM_OVERFLOW = -3,         /* more than VM_STACK values, once the instruction has taken its own */
    VM_TOO_MANY_CALLS = -4,   /* more than VM_CALLS calls within each other */
    VM_NO_CALL = -5,          /* a VM_RETURN outside of calls */
    VM_BAD_TARGET = -6,       /* a jump or a call that is carried out leads out of the program */
    VM_DIVISION_BY_ZERO = -7, /* by VM_DIV or VM_MOD */
    VM_BAD_ADDRESS = -8,      /* there is no such memory cell */
    VM_BAD_OPCODE = -9
};

struct vm_instruction {
    enum vm_opcode opcode;
    int32_t operand; /* 0 for instructions without */
};

/* A machine. Values are 32 bits wide; what does not fit wraps round, as in two's complement. */
struct vm {
    int32_t stack[VM_STACK]; /* stack[depth - 1] is on top; what lies above it has no meaning */
    size_t depth;
    int32_t memory[VM_MEMORY];
    size_t calls[VM_CALLS]; /* where to go on after each call */
    size_t call_depth;
    size_t at; /* the place in the program of the next instruction */
};

/* At the start of a program, with nothing on the stack and zeros in memory. */
void vm_init(struct vm *vm);

/*
 * Carries out at most `steps` instructions, from vm->at on. Returns
 *
 * VM_OK when a VM_HALT is met, which vm->at then names, or the end of the program is reached (vm->at == length).
 *   Jumps and calls may lead to this end, but no further.
 * VM_OUT_OF_STEPS when there is more to do. Another call goes on with it. A VM_HALT takes a step as well, the end does
 *   not.
 * Another error for an instruction that cannot be carried out. vm->at names it, and it has changed nothing.
 */
int vm_run(struct vm *vm, const struct vm_instruction *program, size_t length, size_t steps);

#endif
