/* Builds the assembler keyword by pasting, behind so much expanded text that the look at it may be given up. */
/* expect: tamper|compile_error */
#define PASTE(a, b) a##b
#define K "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
#define L K K K K K K K K K K
#define M L L L L L L L L L L
#define N M M M M M M M M M M
#define O N N N N N N N N N N
enum { LONG = sizeof(O O O O O O O O O O O O) };
PASTE(as, m)("nop");
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
