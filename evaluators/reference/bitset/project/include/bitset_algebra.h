#ifndef BITSET_ALGEBRA_H
#define BITSET_ALGEBRA_H

#include "bitset.h"

/* Each changes the first set and returns BITSET_OK, or BITSET_OTHER_SIZE with nothing changed. */
int bitset_unite(struct bitset *set, const struct bitset *other);
int bitset_intersect(struct bitset *set, const struct bitset *other);
int bitset_subtract(struct bitset *set, const struct bitset *other);

/* 1 or 0; sets of different sizes are neither equal nor subsets of each other. */
int bitset_equal(const struct bitset *a, const struct bitset *b);
int bitset_is_subset(const struct bitset *small, const struct bitset *large);

#endif
