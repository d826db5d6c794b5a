#ifndef BITSET_TEXT_H
#define BITSET_TEXT_H

#include "bitset.h"

/*
 * Adds the numbers of a list such as "0,4-9,12" to the set. In a range both ends are part of it, and the first is not
 * larger than the last. No spaces; "" is an empty list. Returns BITSET_OK, BITSET_SYNTAX or BITSET_OUT_OF_RANGE;
 * after an error the items before it have been added.
 */
int bitset_parse(struct bitset *set, const char *text);

/*
 * Writes the set as such a list, ranges as long as they can be, into a buffer of `room` characters, the NUL included.
 * Returns BITSET_OK, or BITSET_NO_ROOM with as much of the list as there is room for.
 */
int bitset_format(const struct bitset *set, char *text, size_t room);

#endif
