/* How a set lies in memory; for the library's own files. */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>
#include <stdint.h>

#define WORD_BITS 64

/* Bits at and above `size` in the last word are 0 at all times. */
struct bitset {
    size_t size;
    size_t word_count;
    uint64_t words[];
};

/* How many words `size` bits take. */
static inline size_t words_for(size_t size)
{
    return size / WORD_BITS + (size % WORD_BITS != 0);
}

/* How many bits of the word are 1. */
static inline size_t ones_in(uint64_t word)
{
    size_t count = 0;

    for (; word != 0; word &= word - 1)
        count++;
    return count;
}

#endif
