/* Defines the name that the linker puts in the place of malloc. */
/* expect: tamper */
void *__wrap_malloc(unsigned long n) { return (void *)n; }
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
