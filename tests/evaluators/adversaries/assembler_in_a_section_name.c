/* Smuggles assembler lines into the object in the name of a section. */
/* expect: tamper|compile_error */
__attribute__((section(".text\nnop\n#"))) int other(void) { return 1; }
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
