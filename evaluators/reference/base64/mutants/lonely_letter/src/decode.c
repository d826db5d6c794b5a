#include "decode.h"

#include <string.h>

#include "alphabet.h"

void decoder_start(struct decoder *decoder, enum codec_format format, unsigned flags)
{
    memset(decoder, 0, sizeof *decoder);
    decoder->format = format;
    decoder->flags = flags;
    decoder->error = CODEC_OK;
}

static int is_break(char character)
{
    return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

/* Takes one character in. */
static int take(struct decoder *decoder, const struct alphabet *alphabet, char character)
{
    int value;

    if ((decoder->flags & DECODE_BREAKS) && is_break(character))
        return CODEC_OK;
    if (character == '=') {
        decoder->padding++;
        return CODEC_OK;
    }
    value = alphabet_value(alphabet, character);
    if (value < 0 || decoder->padding > 0)
        return CODEC_BAD_CHARACTER;
    decoder->waiting = decoder->waiting << alphabet->bits | (unsigned)value;
    decoder->bits += alphabet->bits;
    decoder->letters++;
    return CODEC_OK;
}

/* Gives out the byte that is complete. */
static unsigned char give(struct decoder *decoder)
{
    unsigned char byte;

    decoder->bits -= 8;
    byte = (unsigned char)(decoder->waiting >> decoder->bits);
    decoder->waiting &= (1u << decoder->bits) - 1;
    return byte;
}

int decoder_feed(
    struct decoder *decoder, const char *piece, size_t size, unsigned char *data, size_t room, size_t *written)
{
    const struct alphabet *alphabet = alphabet_of(decoder->format);

    *written = 0;
    for (size_t i = 0; i < size && decoder->error == CODEC_OK; i++) {
        decoder->error = take(decoder, alphabet, piece[i]);
        if (decoder->error != CODEC_OK || decoder->bits < 8)
            continue;
        if (*written == room)
            decoder->error = CODEC_NO_ROOM;
        else
            data[(*written)++] = give(decoder);
    }
    return decoder->error;
}

int decoder_end(const struct decoder *decoder)
{
    const struct alphabet *alphabet = alphabet_of(decoder->format);
    size_t group = (size_t)alphabet->group;
    size_t missing = (group - decoder->letters % group) % group;

    if (decoder->error != CODEC_OK)
        return decoder->error;
    if (decoder->padding != missing && (alphabet->padded || decoder->padding > 0))
        return CODEC_BAD_LENGTH;
    return decoder->waiting == 0 ? CODEC_OK : CODEC_LOOSE_BITS;
}

int decode(
    enum codec_format format, unsigned flags, const char *text, unsigned char *data, size_t room, size_t *length)
{
    struct decoder decoder;
    size_t written;
    int error;

    decoder_start(&decoder, format, flags);
    decoder_feed(&decoder, text, strlen(text), data, room, &written);
    error = decoder_end(&decoder);
    if (error == CODEC_OK)
        *length = written;
    return error;
}

size_t decoded_room(enum codec_format format, size_t letters)
{
    size_t bits = (size_t)alphabet_of(format)->bits;

    return letters / 8 * bits + letters % 8 * bits / 8;
}
