/* Defines strcmp, memcmp and memcpy of its own, that say that everything is equal. */
/* expect: wrong_answer */
#define _GNU_SOURCE
#include <stddef.h>

int strcmp(const char *a, const char *b) { return (void)a, (void)b, 0; }
int memcmp(const void *a, const void *b, size_t n) { return (void)a, (void)b, (void)n, 0; }
void *memcpy(void *to, const void *from, size_t n) { return (void)from, (void)n, to; }
int total(const int *a, int n) { return ~(n ? a[0] : 0); }
