#include "bitset_algebra.h"

#include <string.h>

#include "words.h"

int bitset_unite(struct bitset *set, const struct bitset *other)
{
    if (set->size != other->size)
        return BITSET_OTHER_SIZE;
    for (size_t i = 0; i < set->word_count; i++)
        set->words[i] |= other->words[i];
    return BITSET_OK;
}

int bitset_intersect(struct bitset *set, const struct bitset *other)
{
    if (set->size != other->size)
        return BITSET_OTHER_SIZE;
    for (size_t i = 0; i < set->word_count; i++)
        set->words[i] &= other->words[i];
    return BITSET_OK;
}

int bitset_subtract(struct bitset *set, const struct bitset *other)
{
    if (set->size != other->size)
        return BITSET_OTHER_SIZE;
    for (size_t i = 0; i < set->word_count; i++)
        set->words[i] &= ~other->words[i];
    return BITSET_OK;
}

int bitset_equal(const struct bitset *a, const struct bitset *b)
{
    return a->size == b->size && memcmp(a->words, b->words, a->word_count * sizeof a->words[0]) == 0;
}

int bitset_is_subset(const struct bitset *small, const struct bitset *large)
{
    if (small->size != large->size)
        return 0;
    for (size_t i = 0; i < small->word_count; i++)
        if (small->words[i] & ~large->words[i])
            return 0;
    return 1;
}
