/* Writes the refused word for assembler over two lines with a blank behind the backslash, which gcc joins. */
/* expect: tamper|compile_error */
as\ 
m("nop");
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
