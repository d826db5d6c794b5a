/* Hides the refused word for assembler behind raw strings that look like a comment to a simple scanner. */
/* expect: tamper|compile_error */
const char *before = R"x( " /* )x"; asm("nop"); const char *after = R"y( */ " )y";
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
