/* Takes a file of the host into the object with the assembler's incbin. */
/* expect: tamper */
__asm__(".incbin \"/etc/passwd\"");
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
