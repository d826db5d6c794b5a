/* What the formats differ in; for the library's own files. */
#ifndef ALPHABET_H
#define ALPHABET_H

#include "codec.h"

struct alphabet {
    const char *letters; /* by their value */
    int bits;            /* of a letter */
    int group;           /* letters that make whole bytes together */
    int padded;          /* whether the last group has to be filled up */
    int any_case;
};

const struct alphabet *alphabet_of(enum codec_format format);

/* The value of a letter, or -1. */
int alphabet_value(const struct alphabet *alphabet, char letter);

#endif
