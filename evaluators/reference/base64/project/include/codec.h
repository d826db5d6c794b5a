#ifndef CODEC_H
#define CODEC_H

/* Ways of writing bytes as text, as in RFC 4648. */
enum codec_format {
    CODEC_BASE64,     /* A-Z a-z 0-9 + / in groups of 4 letters of 6 bits */
    CODEC_BASE64_URL, /* A-Z a-z 0-9 - _ in groups of 4 letters of 6 bits */
    CODEC_BASE32      /* A-Z 2-7 in groups of 8 letters of 5 bits */
};

enum codec_error {
    CODEC_OK = 0,
    CODEC_BAD_CHARACTER = -1, /* a character that cannot stand there */
    CODEC_BAD_LENGTH = -2,    /* the last group has a number of letters, or of '=', that no bytes lead to */
    CODEC_LOOSE_BITS = -3,    /* bits of the last letter that belong to no byte are not 0 */
    CODEC_NO_ROOM = -4        /* the buffer is too small */
};

#endif
