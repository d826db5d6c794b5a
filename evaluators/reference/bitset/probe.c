#include <stddef.h>

#include "bitset.h"

/* Which members there are, as one number. */
static int members(const struct bitset *set)
{
    unsigned sum = (unsigned)bitset_count(set);

    for (size_t i = 0; i < bitset_size(set); i++)
        sum = (2 * sum + (unsigned)bitset_has(set, i)) % 1000003u;
    return (int)sum;
}

static int use(struct bitset *set, int kind, size_t from, size_t to, size_t *count)
{
    switch (kind) {
    case 0:
        return bitset_add_range(set, from, to);
    case 1:
        return bitset_remove_range(set, from, to);
    case 2:
        return bitset_flip_range(set, from, to);
    default:
        return bitset_count_range(set, from, to, count);
    }
}
// probe
int probe_ranges(const int *operations, int n, int size, int *out)
{
    struct bitset *set = bitset_create((size_t)size);
    int found = 0;

    for (int i = 0; i < n; i++) {
        int operation = operations[i] - 1000;
        size_t from = (size_t)(operation / 4 % (size + 2));
        size_t to = (size_t)(operation / 4 / (size + 2) % (size + 2));
        size_t count = 777;
        int error = use(set, operation % 4, from, to, &count);

        out[i] = members(set) + 1000003 * (error < 0 ? -error : error);
        found = (31 * found + (int)count) % 1000003;
    }
    bitset_destroy(set);
    return found;
}
