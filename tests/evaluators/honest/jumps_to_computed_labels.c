/* Interprets a small program with computed gotos, as gnu C allows. */
int total(const int *a, int n) {
    static const void *const labels[] = {&&add, &&next, &&done};
    int s = 0, i = 0;
    goto *labels[n ? 0 : 2];
add:
    s += a[i];
    goto *labels[1];
next:
    i++;
    goto *labels[i < n ? 0 : 2];
done:
    return s;
}
