/* Asks for other compiler options by pragma and attribute, without a sanitizer among them. */
/* expect: sanitizer|tamper|compile_error; plain */
#pragma GCC optimize("no-sanitize=all")
#pragma GCC diagnostic ignored "-Wall"
__attribute__((optimize("fno-sanitize=address"))) int total(const int *a, int n) {
    int s = 0;
    for (int i = 0; i <= n; i++) {
        int value = a[i];
        if (i < n) s += value;
    }
    return s;
}
