/* Recurses without end, with a page on every level. */
/* expect: runtime_error */
static int dig(int n) {
    volatile char pad[4096];
    pad[0] = 1;
    return dig(n + pad[0]) + pad[0];
}
int total(const int *a, int n) { return dig(n + (n ? a[0] : 0)); }
