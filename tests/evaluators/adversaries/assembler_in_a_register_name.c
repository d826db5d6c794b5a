/* Smuggles assembler lines into the object by the label of a variable. */
/* expect: tamper|compile_error */
#define PASTE(a, b) a##b
int other PASTE(__as, m__)("other\nnop\n#") = 1;
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
