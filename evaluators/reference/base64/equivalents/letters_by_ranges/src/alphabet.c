#include "alphabet.h"

static const struct alphabet alphabets[] = {
    [CODEC_BASE64] = {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6, 4, 1, 0},
    [CODEC_BASE64_URL] = {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 6, 4, 0, 0},
    [CODEC_BASE32] = {"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5, 8, 1, 1},
};

const struct alphabet *alphabet_of(enum codec_format format)
{
    return &alphabets[format];
}

/* Where the letter stands between two others, counted from `value`; -1 outside. */
static int between(char letter, char first, char last, int value)
{
    return letter >= first && letter <= last ? letter - first + value : -1;
}

int alphabet_value(const struct alphabet *alphabet, char letter)
{
    int capital = between(letter, 'A', 'Z', 0), small = between(letter, 'a', 'z', 0);

    if (capital >= 0)
        return capital;
    if (alphabet->bits == 5)
        return small >= 0 ? small : between(letter, '2', '7', 26);
    if (small >= 0)
        return small + 26;
    if (letter == alphabet->letters[62] || letter == alphabet->letters[63])
        return letter == alphabet->letters[62] ? 62 : 63;
    return between(letter, '0', '9', 52);
}
