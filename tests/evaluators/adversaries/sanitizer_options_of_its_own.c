/* Defines the function that AddressSanitizer takes its options from. */
/* expect: tamper */
const char *__asan_default_options(void) { return "exitcode=0:halt_on_error=0:detect_stack_use_after_return=0"; }
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
