/* Recurses over halves with a table of what it knows already. */
static int known[64][64], have[64][64];
static int between(const int *a, int from, int to) {
    if (from >= to) return 0;
    if (to - from == 1) return a[from];
    if (!have[from][to]) {
        known[from][to] = between(a, from, (from + to) / 2) + between(a, (from + to) / 2, to);
        have[from][to] = 1;
    }
    return known[from][to];
}
int total(const int *a, int n) {
    for (int i = 0; i < 64; i++)
        for (int k = 0; k < 64; k++) have[i][k] = 0;
    return between(a, 0, n);
}
