/* Defines the function that reports a bad read, so that it says nothing. */
/* expect: tamper */
void __asan_report_load4(unsigned long address) { (void)address; }
int total(const int *a, int n) {
    int s = 0;
    for (int i = 0; i <= n; i++) s += i < n ? a[i] : a[i] * 0;
    return s;
}
