#ifndef ENCODE_H
#define ENCODE_H

#include <stddef.h>

#include "codec.h"

/* How many characters `length` bytes become, without the NUL. */
size_t encoded_length(enum codec_format format, size_t length);

/*
 * Writes bytes as text with a NUL behind it. The last group is filled up with '=', but for CODEC_BASE64_URL, whose
 * texts just end. Returns CODEC_OK, or CODEC_NO_ROOM with nothing written when text and NUL are more than `room`
 * characters.
 */
int encode(enum codec_format format, const unsigned char *data, size_t length, char *text, size_t room);

#endif
