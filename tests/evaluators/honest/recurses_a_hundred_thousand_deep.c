/* Recurses through a hundred thousand frames on the way to its sum. */
static int dig(const int *a, int n, int depth) {
    if (depth == 0) {
        int s = 0;
        for (int i = 0; i < n; i++) s += a[i];
        return s;
    }
    return dig(a, n, depth - 1);
}
int total(const int *a, int n) { return dig(a, n, 100000); }
