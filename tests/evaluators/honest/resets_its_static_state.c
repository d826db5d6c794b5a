/* Keeps its work in static variables that it resets in every call. */
int total(const int *a, int n) {
    static int calls, memory[64], last;
    calls++;
    last = 0;
    for (int i = 0; i < n; i++) memory[i % 64] = a[i];
    for (int i = 0; i < n; i++) last += a[i];
    return calls > 0 ? last : -1;
}
