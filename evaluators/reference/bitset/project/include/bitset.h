#ifndef BITSET_H
#define BITSET_H

#include <stddef.h>

/* A set of the numbers 0 .. size - 1. Its size is fixed when it is made. */
struct bitset;

enum bitset_error {
    BITSET_OK = 0,
    BITSET_OUT_OF_RANGE = -1, /* a number, or an end of a range, lies outside the set */
    BITSET_OTHER_SIZE = -2,   /* two sets of different sizes cannot be combined */
    BITSET_SYNTAX = -3,       /* a text is no list of numbers and ranges */
    BITSET_NO_ROOM = -4       /* the buffer is too small for the text */
};

/* An empty set for 0 .. size - 1, or NULL when there is no memory. */
struct bitset *bitset_create(size_t size);

/* A set with the same size and members, or NULL when there is no memory. */
struct bitset *bitset_copy(const struct bitset *set);

/* Frees the set; NULL is let through. */
void bitset_destroy(struct bitset *set);

size_t bitset_size(const struct bitset *set);

/* How many members there are. */
size_t bitset_count(const struct bitset *set);

/* Each returns BITSET_OK or BITSET_OUT_OF_RANGE. */
int bitset_add(struct bitset *set, size_t number);
int bitset_remove(struct bitset *set, size_t number);

/* 1 for a member, 0 for any other number, whether it lies in the set's range or not. */
int bitset_has(const struct bitset *set, size_t number);

/* Removes all members. */
void bitset_clear(struct bitset *set);

/* The smallest member that is at least `from`, or the set's size when there is none. */
size_t bitset_next(const struct bitset *set, size_t from);

/*
 * The same for all numbers of a range: from is part of it, to is not. A range of no numbers (from == to) is fine.
 * BITSET_OUT_OF_RANGE, and nothing done, when from > to or to > size.
 */
int bitset_add_range(struct bitset *set, size_t from, size_t to);
int bitset_remove_range(struct bitset *set, size_t from, size_t to);

/* Members of the range leave the set, the others become members. */
int bitset_flip_range(struct bitset *set, size_t from, size_t to);

/* Stores in *count how many members lie in the range. */
int bitset_count_range(const struct bitset *set, size_t from, size_t to, size_t *count);

#endif
