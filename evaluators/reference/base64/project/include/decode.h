#ifndef DECODE_H
#define DECODE_H

#include <stddef.h>

#include "codec.h"

enum decode_flags {
    DECODE_STRICT = 0, /* nothing but letters and '=' */
    DECODE_BREAKS = 1  /* blanks, tabs, '\n' and '\r' are passed over, wherever they stand */
};

/*
 * A text that arrives in pieces:
 *
 *     struct decoder decoder;
 *
 *     decoder_start(&decoder, CODEC_BASE64, DECODE_STRICT);
 *     while (...)
 *         error = decoder_feed(&decoder, piece, size, data, sizeof data, &written);
 *     error = decoder_end(&decoder);
 *
 * Its members are nobody else's business.
 */
struct decoder {
    enum codec_format format;
    unsigned flags;
    unsigned waiting; /* bits that are no whole byte yet */
    int bits;         /* how many these are */
    size_t letters;
    size_t padding;
    int error;
};

void decoder_start(struct decoder *decoder, enum codec_format format, unsigned flags);

/*
 * Decodes the next `size` characters; every one counts, a NUL as well. Stores in *written how many bytes it put into
 * data, which are also counted when it returns an error:
 *
 * CODEC_BAD_CHARACTER for a character that is no letter of the format, and for a letter behind a '='. Capital and
 *   small letters are the same in CODEC_BASE32.
 * CODEC_NO_ROOM when there is one byte more than data has room for.
 *
 * After an error, every further call for this text returns the same one and writes nothing.
 */
int decoder_feed(
    struct decoder *decoder, const char *piece, size_t size, unsigned char *data, size_t room, size_t *written);

/*
 * Says whether the text may end here: the error of decoder_feed when there was one; else CODEC_BAD_LENGTH when the
 * letters of the last group stand for no whole number of bytes, or there are not exactly as many '=' as fill it up;
 * else CODEC_LOOSE_BITS or CODEC_OK. Texts in CODEC_BASE64_URL may do without any '='.
 */
int decoder_end(const struct decoder *decoder);

/*
 * Decodes a whole text. Returns what decoder_feed or decoder_end find wrong, or CODEC_OK with the number of bytes in
 * *length, which is left alone otherwise.
 */
int decode(
    enum codec_format format, unsigned flags, const char *text, unsigned char *data, size_t room, size_t *length);

/* How many whole bytes `letters` letters hold: room that is enough for any text of so many characters. */
size_t decoded_room(enum codec_format format, size_t letters);

#endif
