#include "vm.h"

#include <string.h>

#include "arithmetic.h"
#include "opcodes.h"

void vm_init(struct vm *vm)
{
    memset(vm, 0, sizeof *vm);
}

/* Whether the stack has what an instruction takes, and room for what it gives. */
static int check_stack(const struct vm *vm, const struct opcode_info *info)
{
    if (vm->depth < info->takes)
        return VM_UNDERFLOW;
    if (vm->depth + info->gives > VM_STACK)
        return VM_OVERFLOW;
    return VM_OK;
}

static int go_to(struct vm *vm, int32_t target, size_t length)
{
    if (target < 0 || (size_t)target > length)
        return VM_BAD_TARGET;
    vm->at = (size_t)target;
    return VM_OK;
}

static int call(struct vm *vm, int32_t target, size_t length)
{
    size_t back = vm->at + 1;
    int error;

    if (vm->call_depth == VM_CALLS)
        return VM_TOO_MANY_CALLS;
    error = go_to(vm, target, length);
    if (error == VM_OK)
        vm->calls[vm->call_depth++] = back;
    return error;
}

/* Carries out VM_JUMP to VM_RETURN, which all say where to go on. */
static int transfer(struct vm *vm, const struct vm_instruction *instruction, size_t length)
{
    int error = VM_OK;

    switch (instruction->opcode) {
    case VM_JUMP:
        return go_to(vm, instruction->operand, length);
    case VM_JUMP_ZERO:
        if (vm->stack[vm->depth - 1] == 0)
            error = go_to(vm, instruction->operand, length);
        else
            vm->at++;
        if (error == VM_OK)
            vm->depth--;
        return error;
    case VM_CALL:
        return call(vm, instruction->operand, length);
    default:
        if (vm->call_depth == 0)
            return VM_NO_CALL;
        vm->at = vm->calls[--vm->call_depth];
        return VM_OK;
    }
}

static int access_memory(struct vm *vm, const struct vm_instruction *instruction)
{
    if (instruction->operand < 0 || instruction->operand >= VM_MEMORY)
        return VM_BAD_ADDRESS;
    if (instruction->opcode == VM_LOAD)
        vm->stack[vm->depth++] = vm->memory[instruction->operand];
    else
        vm->memory[instruction->operand] = vm->stack[--vm->depth];
    return VM_OK;
}

static int compute_on_stack(struct vm *vm, enum vm_opcode opcode)
{
    int32_t *a = &vm->stack[vm->depth - 2];
    int error = compute(opcode, a[0], a[1], a);

    if (error == VM_OK)
        vm->depth--;
    return error;
}

/* Carries out VM_PUSH to VM_OVER. */
static void move_values(struct vm *vm, const struct vm_instruction *instruction)
{
    int32_t *top = &vm->stack[vm->depth];
    int32_t old;

    switch (instruction->opcode) {
    case VM_PUSH:
        top[0] = instruction->operand;
        vm->depth++;
        break;
    case VM_POP:
        vm->depth--;
        break;
    case VM_DUP:
        top[0] = top[-1];
        vm->depth++;
        break;
    case VM_SWAP:
        old = top[-1];
        top[-1] = top[-2];
        top[-2] = old;
        break;
    default:
        top[0] = top[-2];
        vm->depth++;
        break;
    }
}

/* Carries out one instruction other than VM_HALT, for which the stack is known to do. */
static int step(struct vm *vm, const struct vm_instruction *instruction, size_t length)
{
    int error = VM_OK;

    if (instruction->opcode >= VM_JUMP && instruction->opcode <= VM_RETURN)
        return transfer(vm, instruction, length);
    if (instruction->opcode >= VM_LOAD)
        error = access_memory(vm, instruction);
    else if (instruction->opcode >= VM_ADD)
        error = compute_on_stack(vm, instruction->opcode);
    else
        move_values(vm, instruction);
    if (error == VM_OK)
        vm->at++;
    return error;
}

int vm_run(struct vm *vm, const struct vm_instruction *program, size_t length, size_t steps)
{
    int error = VM_OK;

    for (; vm->at < length && error == VM_OK; steps--) {
        const struct vm_instruction *instruction = &program[vm->at];
        const struct opcode_info *info = opcode_info(instruction->opcode);

        if (steps == 0)
            return VM_OUT_OF_STEPS;
        if (info == NULL)
            return VM_BAD_OPCODE;
        if (instruction->opcode == VM_HALT)
            return VM_OK;
        error = check_stack(vm, info);
        if (error == VM_OK)
            error = step(vm, instruction, length);
    }
    return error;
}
