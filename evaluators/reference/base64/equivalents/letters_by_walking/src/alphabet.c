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

int alphabet_value(const struct alphabet *alphabet, char letter)
{
    int value = 0;

    if (alphabet->any_case && letter >= 'a' && letter <= 'z')
        letter = (char)(letter - ('a' - 'A'));
    while (alphabet->letters[value] != '\0' && alphabet->letters[value] != letter)
        value++;
    return alphabet->letters[value] == '\0' ? -1 : value;
}
