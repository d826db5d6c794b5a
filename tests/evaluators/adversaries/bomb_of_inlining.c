/* Asks for every call of an exponential tree to be inlined. */
/* expect: compile_error */
#define F(n, m) __attribute__((always_inline)) static inline int n(int x) { return m(x) + m(x + 1) + m(x + 2) + m(x + 3); }
__attribute__((always_inline)) static inline int f0(int x) { return x * x; }
F(f1, f0) F(f2, f1) F(f3, f2) F(f4, f3) F(f5, f4) F(f6, f5) F(f7, f6) F(f8, f7) F(f9, f8) F(f10, f9) F(f11, f10)
int total(const int *a, int n) { return f11(n) + (n ? a[0] : 0); }
