#include "bitset.h"
#include "words.h"

int bitset_add_range(struct bitset *set, size_t from, size_t to)
{
    size_t first, last;
    uint64_t head, tail;

    if (from > to || to > set->size)
        return BITSET_OUT_OF_RANGE;
    if (from == to)
        return BITSET_OK;
    first = from / WORD_BITS;
    last = (to - 1) / WORD_BITS;
    head = ~(uint64_t)0 << from % WORD_BITS;
    tail = ~(uint64_t)0 >> (WORD_BITS - 1 - (to - 1) % WORD_BITS);
    if (first == last) {
        set->words[first] |= head & tail;
        return BITSET_OK;
    }
    set->words[first] |= head;
    for (size_t i = first + 1; i < last; i++)
        set->words[i] = ~(uint64_t)0;
    set->words[last] |= tail;
    return BITSET_OK;
}

int bitset_remove_range(struct bitset *set, size_t from, size_t to)
{
    size_t first, last;
    uint64_t head, tail;

    if (from > to || to > set->size)
        return BITSET_OUT_OF_RANGE;
    if (from == to)
        return BITSET_OK;
    first = from / WORD_BITS;
    last = (to - 1) / WORD_BITS;
    head = ~(uint64_t)0 << from % WORD_BITS;
    tail = ~(uint64_t)0 >> (WORD_BITS - 1 - (to - 1) % WORD_BITS);
    if (first == last) {
        set->words[first] &= ~(head & tail);
        return BITSET_OK;
    }
    set->words[first] &= ~head;
    for (size_t i = first + 1; i < last; i++)
        set->words[i] = 0;
    set->words[last] &= ~tail;
    return BITSET_OK;
}

int bitset_flip_range(struct bitset *set, size_t from, size_t to)
{
    size_t first, last;
    uint64_t head, tail;

    if (from > to || to > set->size)
        return BITSET_OUT_OF_RANGE;
    if (from == to)
        return BITSET_OK;
    first = from / WORD_BITS;
    last = (to - 1) / WORD_BITS;
    head = ~(uint64_t)0 << from % WORD_BITS;
    tail = ~(uint64_t)0 >> (WORD_BITS - 1 - (to - 1) % WORD_BITS);
    if (first == last) {
        set->words[first] ^= head & tail;
        return BITSET_OK;
    }
    set->words[first] ^= head;
    for (size_t i = first + 1; i < last; i++)
        set->words[i] = ~set->words[i];
    set->words[last] ^= tail;
    return BITSET_OK;
}

int bitset_count_range(const struct bitset *set, size_t from, size_t to, size_t *count)
{
    size_t first, last;
    uint64_t head, tail;

    if (from > to || to > set->size)
        return BITSET_OUT_OF_RANGE;
    *count = 0;
    if (from == to)
        return BITSET_OK;
    first = from / WORD_BITS;
    last = (to - 1) / WORD_BITS;
    head = ~(uint64_t)0 << from % WORD_BITS;
    tail = ~(uint64_t)0 >> (WORD_BITS - 1 - (to - 1) % WORD_BITS);
    if (first == last) {
        *count = ones_in(set->words[first] & head & tail);
        return BITSET_OK;
    }
    *count = ones_in(set->words[first] & head);
    for (size_t i = first + 1; i < last; i++)
        *count += ones_in(set->words[i]);
    *count += ones_in(set->words[last] & tail);
    return BITSET_OK;
}
