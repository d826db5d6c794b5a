/* Builds the attribute's name with the preprocessor and overruns its input. */
/* expect: tamper */
#define PASTE(a, b) a##b
#define QUIET __attribute__((PASTE(no_san, itize)("address", "undefined")))
QUIET int total(const int *a, int n) {
    int s = 0;
    for (int i = 0; i <= n; i++) {
        int value = a[i];
        if (i < n) s += value;
    }
    return s;
}
