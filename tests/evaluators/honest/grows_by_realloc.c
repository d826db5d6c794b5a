/* Grows a list by realloc from nothing and frees every piece, as a leak checker wants it. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

struct node { int value; struct node *next; char *name; };
int total(const int *a, int n) {
    struct node *list = 0;
    int *grown = 0, s = 0;
    for (int i = 0; i < n; i++) {
        grown = realloc(grown, sizeof *grown * (size_t)(i + 1));
        grown[i] = a[i];
        struct node *one = calloc(1, sizeof *one);
        *one = (struct node){a[i], list, strdup("element")};
        list = one;
    }
    for (int i = 0; i < n; i++) s += grown[i];
    while (list) {
        struct node *next = list->next;
        free(list->name);
        free(list);
        list = next;
    }
    free(grown);
    return s;
}
