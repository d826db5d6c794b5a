#include "assembler.h"
#include "check.h"
#include "vm.h"

#define PROGRAM 64 /* instructions of a program in these tests */
#define STEPS 1000

/* What the assembler says against a text, and the line. */
static int asm_error_in(const char *text, size_t *line)
{
    struct vm_instruction program[PROGRAM];

    return assemble(text, program, PROGRAM, line);
}

/* Assembles a text and runs it from the start on a machine that is new. */
static int run(struct vm *vm, const char *text)
{
    struct vm_instruction program[PROGRAM];
    size_t length = 0;

    CHECK(assemble(text, program, PROGRAM, &length) == ASM_OK);
    vm_init(vm);
    return vm_run(vm, program, length, STEPS);
}

/* Whether a text runs to its end and leaves this one value on the stack. */
static int leaves(const char *text, int32_t expected)
{
    struct vm vm;

    return run(&vm, text) == VM_OK && vm.depth == 1 && vm.stack[0] == expected;
}

static void assembler_reads_labels_and_operands(void)
{
    struct vm_instruction program[4];
    size_t length = 0;

    CHECK(assemble("  jump end ; over it\n\nend:\npush -12\n", program, 4, &length) == ASM_OK);
    CHECK(length == 2);
    CHECK(program[0].opcode == VM_JUMP && program[0].operand == 1);
    CHECK(program[1].opcode == VM_PUSH && program[1].operand == -12);
    CHECK(assemble("pop\npop\npop\npop\npop", program, 4, &length) == ASM_NO_ROOM && length == 5);
}

static void assembler_names_the_line_of_an_error(void)
{
    size_t line = 0;

    CHECK(asm_error_in("pop\npush\n", &line) == ASM_BAD_OPERAND && line == 2);
    CHECK(asm_error_in("pop 3", &line) == ASM_BAD_OPERAND && line == 1);
    CHECK(asm_error_in("push 2147483648", &line) == ASM_BAD_OPERAND);
    CHECK(asm_error_in("jump nowhere", &line) == ASM_BAD_OPERAND);
    CHECK(asm_error_in("\n\nplus", &line) == ASM_UNKNOWN_NAME && line == 3);
    CHECK(asm_error_in("a: pop\na: pop", &line) == ASM_BAD_LABEL && line == 2);
}

static void a_program_runs(void)
{
    CHECK(leaves("push 6\npush 7\nmul\nhalt\npush 1", 42));
    CHECK(leaves("push 3\nstore 5\nload 5", 3));
}

static void arithmetic_wraps_round(void)
{
    CHECK(leaves("push 7\npush 10\nsub", -3));
    CHECK(leaves("push 2147483647\npush 1\nadd", INT32_MIN));
    CHECK(leaves("push -2147483648\npush 1\nsub", INT32_MAX));
    CHECK(leaves("push 65536\npush 65537\nmul", 65536));
    CHECK(leaves("push -7\npush 2\ndiv", -3));
    CHECK(leaves("push 7\npush -2\ndiv", -3));
    CHECK(leaves("push -7\npush 2\nmod", -1));
    CHECK(leaves("push 7\npush -2\nmod", 1));
    CHECK(leaves("push -2147483648\npush -1\ndiv", INT32_MIN));
    CHECK(leaves("push -2147483648\npush -1\nmod", 0));
    CHECK(leaves("push 5\npush -1\ndiv", -5));
}

static void comparisons_give_one_or_zero(void)
{
    CHECK(leaves("push -1\npush 1\nless", 1));
    CHECK(leaves("push 1\npush -1\nless", 0));
    CHECK(leaves("push 4\npush 4\nless", 0));
    CHECK(leaves("push 4\npush 4\nequal", 1));
    CHECK(leaves("push 4\npush -4\nequal", 0));
}

static void jumps_lead_to_their_targets(void)
{
    struct vm vm;

    CHECK(leaves("push 1\njump over\npush 2\nover:", 1));
    CHECK(leaves("push 9\npush 0\njumpz on\npush 2\non:", 9));
    CHECK(leaves("push 9\npush 3\njumpz on\npush 1\nadd\non:", 10));
    CHECK(leaves("push 9\npush 3\njumpz 99", 9));
    CHECK(leaves("call two\ncall two\nadd\nhalt\ntwo: push 2\nreturn", 4));
    CHECK(run(&vm, "push 0\njump 3\nhalt") == VM_OK && vm.at == 3);
    CHECK(run(&vm, "jump 2") == VM_BAD_TARGET && vm.at == 0);
    CHECK(run(&vm, "jump -1") == VM_BAD_TARGET);
    CHECK(run(&vm, "call 2") == VM_BAD_TARGET && vm.call_depth == 0);
    CHECK(run(&vm, "push 0\njumpz 5") == VM_BAD_TARGET && vm.depth == 1 && vm.at == 1);
    CHECK(run(&vm, "return") == VM_NO_CALL);
}

static void stacks_have_their_limits(void)
{
    struct vm vm;

    CHECK(run(&vm, "again: push 1\njump again") == VM_OVERFLOW && vm.depth == VM_STACK && vm.at == 0);
    CHECK(run(&vm, "again: call again") == VM_TOO_MANY_CALLS && vm.call_depth == VM_CALLS);
    CHECK(run(&vm, "pop") == VM_UNDERFLOW && run(&vm, "dup") == VM_UNDERFLOW);
    CHECK(run(&vm, "push 1\nover") == VM_UNDERFLOW && vm.depth == 1);
    CHECK(run(&vm, "push 1\nswap") == VM_UNDERFLOW && run(&vm, "push 1\nadd") == VM_UNDERFLOW);
    CHECK(run(&vm, "jumpz 0") == VM_UNDERFLOW && run(&vm, "store 0") == VM_UNDERFLOW);
    CHECK(leaves("push 1\npush 2\nover\nsub\nadd", 2));
    CHECK(leaves("push 1\npush 2\nswap\nsub", 1));

    run(&vm, "again: push 1\njump again");
    CHECK(vm_run(&vm, (struct vm_instruction[]){{VM_SWAP, 0}, {VM_ADD, 0}, {VM_DUP, 0}, {VM_OVER, 0}}, 4, STEPS)
          == VM_OVERFLOW);
    CHECK(vm.at == 3 && vm.depth == VM_STACK && vm.stack[VM_STACK - 1] == 2);
}

static void failures_leave_the_machine_as_it_was(void)
{
    static const struct vm_instruction count[] = {{VM_PUSH, 1}, {VM_PUSH, 2}, {VM_ADD, 0}, {VM_HALT, 0}};
    static const struct vm_instruction unknown[] = {{VM_PUSH, 1}, {(enum vm_opcode)77, 0}};
    struct vm vm;

    CHECK(run(&vm, "push 8\npush 0\ndiv") == VM_DIVISION_BY_ZERO && vm.at == 2 && vm.depth == 2 && vm.stack[0] == 8);
    CHECK(run(&vm, "push 8\npush 0\nmod") == VM_DIVISION_BY_ZERO && vm.stack[1] == 0);
    CHECK(run(&vm, "push 8\nstore 16") == VM_BAD_ADDRESS && vm.depth == 1 && vm.at == 1);
    CHECK(run(&vm, "load -1") == VM_BAD_ADDRESS && vm.depth == 0);
    vm_init(&vm);
    CHECK(vm_run(&vm, unknown, 2, STEPS) == VM_BAD_OPCODE && vm.at == 1);

    vm_init(&vm);
    CHECK(vm_run(&vm, count, 4, 2) == VM_OUT_OF_STEPS && vm.at == 2 && vm.depth == 2);
    CHECK(vm_run(&vm, count, 4, 1) == VM_OUT_OF_STEPS && vm.at == 3 && vm.stack[0] == 3);
    CHECK(vm_run(&vm, count, 4, 1) == VM_OK && vm.at == 3);
    vm_init(&vm);
    CHECK(vm_run(&vm, count, 3, 3) == VM_OK && vm.at == 3);
}

/* Returns how many checks have failed. */
int run_tests(void)
{
    failures = 0;
    assembler_reads_labels_and_operands();
    assembler_names_the_line_of_an_error();
    a_program_runs();
    arithmetic_wraps_round();
    comparisons_give_one_or_zero();
    jumps_lead_to_their_targets();
    stacks_have_their_limits();
    failures_leave_the_machine_as_it_was();
    return failures;
}
