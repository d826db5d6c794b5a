/* Keeps a static table of a megabyte that it fills once. */
static int table[1 << 18];
int total(const int *a, int n) {
    if (!table[1])
        for (int i = 0; i < 1 << 18; i++) table[i] = i;
    int s = 0;
    for (int i = 0; i < n; i++) s += table[(a[i] + (1 << 17)) & ((1 << 18) - 1)] - (1 << 17);
    return s;
}
