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

/* Returns how many checks have failed. */
int run_tests(void)
{
    failures = 0;
    assembler_reads_labels_and_operands();
    assembler_names_the_line_of_an_error();
    a_program_runs();
    return failures;
}
