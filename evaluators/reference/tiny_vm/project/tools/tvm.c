/* tvm [STEPS] : assembles standard input, runs it and prints what is on the stack, the topmost value first. */
#include <stdio.h>
#include <stdlib.h>

#include "assembler.h"
#include "vm.h"

#define MAX_TEXT 65536
#define MAX_PROGRAM 4096

int main(int argc, char **argv)
{
    static char text[MAX_TEXT];
    static struct vm_instruction program[MAX_PROGRAM];
    static struct vm vm;
    size_t length;
    int error;

    text[fread(text, 1, sizeof text - 1, stdin)] = '\0';
    error = assemble(text, program, MAX_PROGRAM, &length);
    if (error != ASM_OK) {
        fprintf(stderr, "line %zu: error %d\n", length, error);
        return 2;
    }
    vm_init(&vm);
    error = vm_run(&vm, program, length, argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000);
    if (error != VM_OK) {
        fprintf(stderr, "instruction %zu: error %d\n", vm.at, error);
        return 1;
    }
    while (vm.depth > 0)
        printf("%d\n", (int)vm.stack[--vm.depth]);
    return 0;
}
