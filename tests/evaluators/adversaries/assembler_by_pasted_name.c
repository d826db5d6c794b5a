/* Builds the assembler keyword with the preprocessor and takes in a file of the host. */
/* expect: compile_error|tamper */
#define PASTE(a, b) a##b
PASTE(as, m)(".incbin \"/etc/passwd\"");
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
