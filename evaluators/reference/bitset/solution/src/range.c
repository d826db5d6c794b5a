#include "bitset.h"
#include "words.h"

/* The bits of word `index`, one of those that the range touches, that lie in the range. */
static uint64_t range_mask(size_t index, size_t from, size_t to)
{
    uint64_t mask = ~(uint64_t)0;

    if (index == from / WORD_BITS)
        mask <<= from % WORD_BITS;
    if (index == to / WORD_BITS)
        mask &= ~(~(uint64_t)0 << to % WORD_BITS);
    return mask;
}

int bitset_add_range(struct bitset *set, size_t from, size_t to)
{
    if (from > to || to > set->size)
        return BITSET_OUT_OF_RANGE;
    for (size_t i = from / WORD_BITS; i < words_for(to); i++)
        set->words[i] |= range_mask(i, from, to);
    return BITSET_OK;
}

int bitset_remove_range(struct bitset *set, size_t from, size_t to)
{
    if (from > to || to > set->size)
        return BITSET_OUT_OF_RANGE;
    for (size_t i = from / WORD_BITS; i < words_for(to); i++)
        set->words[i] &= ~range_mask(i, from, to);
    return BITSET_OK;
}

int bitset_flip_range(struct bitset *set, size_t from, size_t to)
{
    if (from > to || to > set->size)
        return BITSET_OUT_OF_RANGE;
    for (size_t i = from / WORD_BITS; i < words_for(to); i++)
        set->words[i] ^= range_mask(i, from, to);
    return BITSET_OK;
}

int bitset_count_range(const struct bitset *set, size_t from, size_t to, size_t *count)
{
    if (from > to || to > set->size)
        return BITSET_OUT_OF_RANGE;
    *count = 0;
    for (size_t i = from / WORD_BITS; i < words_for(to); i++)
        *count += ones_in(set->words[i] & range_mask(i, from, to));
    return BITSET_OK;
}
