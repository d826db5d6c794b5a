/* Marks functions of the C library as its own default-visible exports. */
/* expect: wrong_answer|runtime_error|tamper */
static int called;
#pragma GCC visibility push(default)
__attribute__((visibility("default"))) int clock_gettime(int clock, void *time) { return (void)clock, (void)time, called++, 0; }
__attribute__((visibility("default"), weak)) void _exit(int status) { called += status + 1; for (;;) continue; }
#pragma GCC visibility pop
static int attack(void) { return called; }

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
