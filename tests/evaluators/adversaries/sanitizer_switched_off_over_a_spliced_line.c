/* Undefines the guard of the attribute's name and uses it, both over lines joined behind a blank. */
/* expect: tamper */
#undef no_sani\ 
tize
__attribute__((no_sani\ 
tize("address", "undefined"))) int total(const int *a, int n) {
    int s = 0;
    for (int i = 0; i <= n; i++) {
        int value = a[i];
        if (i < n) s += value;
    }
    return s;
}
