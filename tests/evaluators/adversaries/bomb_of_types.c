/* Nests struct types so that the size of the last one overflows every count. */
/* expect: compile_error */
struct s0 { char c[1 << 20]; };
#define N(a, b) struct a { struct b x[1 << 12]; };
N(s1, s0) N(s2, s1) N(s3, s2) N(s4, s3) N(s5, s4)
struct s5 big;
int total(const int *a, int n) { return n ? a[0] : big.x[0].x[0].x[0].x[0].x[0].c[0]; }
