/* setcalc SIZE LIST [OPERATION LIST]... : computes with sets from left to right and prints the result. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitset_algebra.h"
#include "bitset_text.h"

static int combine(struct bitset *set, const char *operation, const struct bitset *other)
{
    if (strcmp(operation, "and") == 0)
        return bitset_intersect(set, other);
    if (strcmp(operation, "or") == 0)
        return bitset_unite(set, other);
    if (strcmp(operation, "minus") == 0)
        return bitset_subtract(set, other);
    return BITSET_SYNTAX;
}

static int calculate(struct bitset *set, struct bitset *other, int count, char **arguments)
{
    int error = bitset_parse(set, arguments[0]);

    for (int i = 1; i + 1 < count && error == BITSET_OK; i += 2) {
        bitset_clear(other);
        error = bitset_parse(other, arguments[i + 1]);
        if (error == BITSET_OK)
            error = combine(set, arguments[i], other);
    }
    return error;
}

int main(int argc, char **argv)
{
    struct bitset *set, *other;
    char text[4096];
    int error;

    if (argc < 3 || argc % 2 == 0) {
        fprintf(stderr, "usage: %s SIZE LIST [and|or|minus LIST]...\n", argv[0]);
        return 2;
    }
    set = bitset_create(strtoul(argv[1], NULL, 10));
    other = set == NULL ? NULL : bitset_create(bitset_size(set));
    if (other == NULL) {
        bitset_destroy(set);
        return 1;
    }
    error = calculate(set, other, argc - 2, argv + 2);
    if (error == BITSET_OK)
        error = bitset_format(set, text, sizeof text);
    if (error == BITSET_OK)
        puts(text);
    else
        fprintf(stderr, "error %d\n", error);
    bitset_destroy(set);
    bitset_destroy(other);
    return error == BITSET_OK ? 0 : 1;
}
