#include "encode.h"

#include "alphabet.h"

/* Letters that so many bytes take, without what fills up the last group. */
static size_t letters_for(const struct alphabet *alphabet, size_t length)
{
    size_t bits = (size_t)alphabet->bits;

    return length / bits * 8 + (length % bits * 8 + bits - 1) / bits;
}

size_t encoded_length(enum codec_format format, size_t length)
{
    const struct alphabet *alphabet = alphabet_of(format);
    size_t letters = letters_for(alphabet, length);
    size_t group = (size_t)alphabet->group;

    return alphabet->padded ? (letters + group - 1) / group * group : letters;
}

/* The letter at a place: bits from one byte, or from two. */
static char letter_at(const struct alphabet *alphabet, const unsigned char *data, size_t length, size_t place)
{
    size_t first = place * (size_t)alphabet->bits;
    size_t byte = first / 8;
    unsigned both = (unsigned)data[byte] << 8;

    if (byte + 1 < length)
        both |= data[byte + 1];
    both = both >> (16 - first % 8 - (size_t)alphabet->bits) & ((1u << alphabet->bits) - 1);
    return alphabet->letters[both];
}

int encode(enum codec_format format, const unsigned char *data, size_t length, char *text, size_t room)
{
    const struct alphabet *alphabet = alphabet_of(format);
    size_t characters = encoded_length(format, length);
    size_t letters = letters_for(alphabet, length);

    if (characters >= room)
        return CODEC_NO_ROOM;
    for (size_t i = 0; i < letters; i++)
        text[i] = letter_at(alphabet, data, length, i);
    for (size_t i = letters; i < characters; i++)
        text[i] = '=';
    text[characters] = '\0';
    return CODEC_OK;
}
