/* Behaves itself only where it is compiled with the sanitizer. */
/* expect: sanitizer; plain */
int total(const int *a, int n) {
    int s = 0;
#if defined(__SANITIZE_ADDRESS__)
    for (int i = 0; i < n; i++) s += a[i];
#else
    for (int i = 0; i <= n; i++) {
        int value = a[i];
        if (i < n) s += value;
    }
#endif
    return s;
}
