/* Uses _Generic, compound literals, flexible arrays, designated initialisers, static assertions and inline functions. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdlib.h>

struct list { int count; int items[]; };
_Static_assert(offsetof(struct list, items) == sizeof(int), "no gap");
static inline int whole(int x) { return x; }
static inline int rounded(double x) { return (int)(x < 0 ? x - 0.5 : x + 0.5); }
#define INT(x) _Generic((x), int: whole, double: rounded)(x)
int total(const int *a, int n) {
    struct list *list = malloc(sizeof *list + sizeof(int) * (size_t)n);
    list->count = n;
    for (int i = 0; i < n; i++) list->items[i] = a[i];
    int s = 0, *zero = (int[]){[2] = 0};
    for (int i = 0; i < list->count; i++) s += i % 2 ? INT(list->items[i]) : INT((double)list->items[i]);
    free(list);
    return s + zero[2];
}
