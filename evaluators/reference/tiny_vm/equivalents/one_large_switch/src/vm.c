#include "vm.h"

#include "arithmetic.h"
#include "opcodes.h"

void vm_init(struct vm *vm)
{
    *vm = (struct vm){.depth = 0};
}

/* Carries out one instruction on a copy, which counts only when all went well. */
static int carry_out(struct vm *vm, struct vm_instruction now, size_t length)
{
    const struct opcode_info *info = opcode_info(now.opcode);
    int is_target = now.operand >= 0 && (uint32_t)now.operand <= length;
    int32_t a = 0, b = 0, c = 0;
    int error;

    if (info == NULL)
        return VM_BAD_OPCODE;
    if (info->takes > vm->depth)
        return VM_UNDERFLOW;
    if (info->takes >= 1)
        b = vm->stack[--vm->depth];
    if (info->takes == 2)
        a = vm->stack[--vm->depth];
    if (VM_STACK - vm->depth < info->gives)
        return VM_OVERFLOW;
    vm->at++;
    switch (now.opcode) {
    case VM_HALT:
    case VM_POP:
        return VM_OK;
    case VM_PUSH:
        vm->stack[vm->depth++] = now.operand;
        return VM_OK;
    case VM_DUP:
        vm->stack[vm->depth++] = b;
        vm->stack[vm->depth++] = b;
        return VM_OK;
    case VM_SWAP:
        vm->stack[vm->depth++] = b;
        vm->stack[vm->depth++] = a;
        return VM_OK;
    case VM_OVER:
        vm->stack[vm->depth++] = a;
        vm->stack[vm->depth++] = b;
        vm->stack[vm->depth++] = a;
        return VM_OK;
    case VM_JUMP_ZERO:
        if (b != 0)
            return VM_OK;
        vm->at = (size_t)now.operand;
        return is_target ? VM_OK : VM_BAD_TARGET;
    case VM_CALL:
        if (vm->call_depth >= VM_CALLS)
            return VM_TOO_MANY_CALLS;
        vm->calls[vm->call_depth++] = vm->at;
        vm->at = (size_t)now.operand;
        return is_target ? VM_OK : VM_BAD_TARGET;
    case VM_JUMP:
        vm->at = (size_t)now.operand;
        return is_target ? VM_OK : VM_BAD_TARGET;
    case VM_RETURN:
        if (vm->call_depth == 0)
            return VM_NO_CALL;
        vm->at = vm->calls[--vm->call_depth];
        return VM_OK;
    case VM_LOAD:
    case VM_STORE:
        if ((uint32_t)now.operand >= VM_MEMORY)
            return VM_BAD_ADDRESS;
        if (now.opcode == VM_STORE)
            vm->memory[now.operand] = b;
        else
            vm->stack[vm->depth++] = vm->memory[now.operand];
        return VM_OK;
    default:
        error = compute(now.opcode, a, b, &c);
        vm->stack[vm->depth++] = c;
        return error;
    }
}

int vm_run(struct vm *vm, const struct vm_instruction *program, size_t length, size_t steps)
{
    while (vm->at < length) {
        struct vm after = *vm;
        int error;

        if (steps-- == 0)
            return VM_OUT_OF_STEPS;
        if (program[vm->at].opcode == VM_HALT)
            return VM_OK;
        error = carry_out(&after, program[vm->at], length);
        if (error != VM_OK)
            return error;
        *vm = after;
    }
    return VM_OK;
}
