#include "bitset.h"

#include <stdlib.h>
#include <string.h>

#include "words.h"

static uint64_t bit_of(size_t number)
{
    return (uint64_t)1 << number % WORD_BITS;
}

struct bitset *bitset_create(size_t size)
{
    size_t count = words_for(size);
    struct bitset *set = calloc(1, sizeof *set + count * sizeof set->words[0]);

    if (set == NULL)
        return NULL;
    set->size = size;
    set->word_count = count;
    return set;
}

struct bitset *bitset_copy(const struct bitset *set)
{
    struct bitset *copy = bitset_create(set->size);

    if (copy != NULL)
        memcpy(copy->words, set->words, set->word_count * sizeof set->words[0]);
    return copy;
}

void bitset_destroy(struct bitset *set)
{
    free(set);
}

size_t bitset_size(const struct bitset *set)
{
    return set->size;
}

size_t bitset_count(const struct bitset *set)
{
    size_t count = 0;

    for (size_t i = 0; i < set->word_count; i++)
        count += ones_in(set->words[i]);
    return count;
}

int bitset_add(struct bitset *set, size_t number)
{
    if (number >= set->size)
        return BITSET_OUT_OF_RANGE;
    set->words[number / WORD_BITS] |= bit_of(number);
    return BITSET_OK;
}

int bitset_remove(struct bitset *set, size_t number)
{
    if (number >= set->size)
        return BITSET_OUT_OF_RANGE;
    set->words[number / WORD_BITS] &= ~bit_of(number);
    return BITSET_OK;
}

int bitset_has(const struct bitset *set, size_t number)
{
    return number < set->size && (set->words[number / WORD_BITS] & bit_of(number)) != 0;
}

void bitset_clear(struct bitset *set)
{
    memset(set->words, 0, set->word_count * sizeof set->words[0]);
}

size_t bitset_next(const struct bitset *set, size_t from)
{
    while (from < set->size) {
        uint64_t rest = set->words[from / WORD_BITS] >> from % WORD_BITS;

        if (rest & 1)
            return from;
        if (rest == 0)
            from += WORD_BITS - from % WORD_BITS;
        else
            from++;
    }
    return set->size;
}
