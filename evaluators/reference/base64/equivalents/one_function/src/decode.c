#include "decode.h"

#include <string.h>

#include "alphabet.h"

void decoder_start(struct decoder *decoder, enum codec_format format, unsigned flags)
{
    *decoder = (struct decoder){.format = format, .flags = flags};
}

int decoder_feed(
    struct decoder *decoder, const char *piece, size_t size, unsigned char *data, size_t room, size_t *written)
{
    const struct alphabet *alphabet = alphabet_of(decoder->format);
    const char *end = piece + size;
    size_t count = 0;

    for (; piece != end && decoder->error == 0; piece++) {
        int value = alphabet_value(alphabet, *piece);

        if (*piece != '\0' && strchr(" \t\n\r", *piece) != NULL && (decoder->flags & DECODE_BREAKS) != 0) {
            continue;
        } else if (*piece == '=') {
            decoder->padding++;
        } else if (value == -1 || decoder->padding != 0) {
            decoder->error = CODEC_BAD_CHARACTER;
        } else {
            unsigned bits = decoder->waiting * (1u << alphabet->bits) + (unsigned)value;
            int spare = decoder->bits + alphabet->bits - 8;

            decoder->letters++;
            if (spare >= 0 && count == room) {
                decoder->error = CODEC_NO_ROOM;
            } else if (spare >= 0) {
                data[count++] = (unsigned char)(bits >> spare);
                decoder->waiting = bits % (1u << spare);
                decoder->bits = spare;
            } else {
                decoder->waiting = bits;
                decoder->bits = spare + 8;
            }
        }
    }
    *written = count;
    return decoder->error;
}

int decoder_end(const struct decoder *decoder)
{
    const struct alphabet *alphabet = alphabet_of(decoder->format);
    size_t group = (size_t)alphabet->group;
    size_t all = decoder->letters + decoder->padding;

    if (decoder->error != 0)
        return decoder->error;
    if (decoder->letters * (size_t)alphabet->bits % 8 >= (size_t)alphabet->bits)
        return CODEC_BAD_LENGTH;
    if (alphabet->padded || decoder->padding != 0) {
        if (all % group != 0 || decoder->padding >= group)
            return CODEC_BAD_LENGTH;
    }
    return decoder->waiting != 0 ? CODEC_LOOSE_BITS : CODEC_OK;
}

int decode(
    enum codec_format format, unsigned flags, const char *text, unsigned char *data, size_t room, size_t *length)
{
    struct decoder decoder;
    size_t written = 0;
    int error;

    decoder_start(&decoder, format, flags);
    error = decoder_feed(&decoder, text, strlen(text), data, room, &written);
    if (error == CODEC_OK)
        error = decoder_end(&decoder);
    if (error != CODEC_OK)
        return error;
    *length = written;
    return CODEC_OK;
}

size_t decoded_room(enum codec_format format, size_t letters)
{
    switch (format) {
    case CODEC_BASE32:
        return letters / 8 * 5 + letters % 8 * 5 / 8;
    default:
        return letters / 4 * 3 + letters % 4 * 3 / 4;
    }
}
