/* Asks for the largest alignments and vectors that the type system knows. */
/* expect: compile_error|runtime_error|memory|wrong_answer|sanitizer|tamper */
typedef int vector __attribute__((vector_size(1 << 28)));
static _Alignas(1 << 28) char aligned[1 << 28];
int total(const int *a, int n) {
    vector v = {n};
    v = v * v + v;
    aligned[0] = 1;
    return v[0] + (n ? a[0] : 0);
}
