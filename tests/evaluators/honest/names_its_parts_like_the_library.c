/* Has static functions and variables with names of the C library and of the grader's own program. */
#include <stddef.h>
static size_t count_characters(const char *s) { size_t n = 0; while (s[n]) n++; return n; }
static int read(const int *a, int i) { return a[i]; }
static int write(int *to, int value) { return *to += value; }
static int in, out, stage, nonce;
int total(const int *a, int n) {
    in = out = stage = nonce = 0;
    for (int i = 0; i < n; i++) write(&out, read(a, i));
    return out + in + stage + nonce + (int)count_characters("");
}
