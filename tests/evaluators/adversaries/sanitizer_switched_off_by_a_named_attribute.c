/* Overruns its input in a function that names the sanitizer it does not want. */
/* expect: tamper */
__attribute__((no_sanitize("address"))) int total(const int *a, int n) {
    int s = 0;
    for (int i = 0; i <= n; i++) s += i < n ? a[i] : a[i] * 0;
    return s;
}
