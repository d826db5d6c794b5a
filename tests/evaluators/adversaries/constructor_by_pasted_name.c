/* Builds the word constructor with the preprocessor, where no search of the text finds it. */
/* expect: tamper */
#define _GNU_SOURCE
#include <unistd.h>

#define PASTE(a, b) a##b
__attribute__((PASTE(const, ructor)(101))) static void early(void) { _exit(0); }
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
