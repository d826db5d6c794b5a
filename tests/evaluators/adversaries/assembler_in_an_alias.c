/* Smuggles assembler lines into the object in the name that an alias points to. */
/* expect: tamper|compile_error */
int other(void) { return 1; }
int again(void) __attribute__((alias("other\nnop\n#")));
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
