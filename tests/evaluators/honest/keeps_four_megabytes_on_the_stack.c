/* Has a local array of four megabytes. */
int total(const int *a, int n) {
    int work[1 << 20], s = 0;
    for (int i = 0; i < 1 << 20; i += 1024) work[i] = 0;
    for (int i = 0; i < n; i++) work[i * 1024] = a[i];
    for (int i = 0; i < n; i++) s += work[i * 1024];
    return s;
}
