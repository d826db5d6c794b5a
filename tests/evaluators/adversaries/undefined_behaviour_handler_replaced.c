/* Defines the function that reports a signed overflow, so that it goes on. */
/* expect: tamper */
void __ubsan_handle_add_overflow_abort(void *data, void *left, void *right) { (void)data, (void)left, (void)right; }
int total(const int *a, int n) {
    int s = 0, top = 0x7fffffff;
    top += n + 1;
    while (n-- > 0) s += a[n];
    return s + (top == 5);
}
