/* basenc [-d] base64|base64url|base32 : encodes standard input, or decodes it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "encode.h"

#define PIECE 240 /* bytes that make whole groups in every format */

static int format_of(const char *name, enum codec_format *format)
{
    static const char *const names[] = {
        [CODEC_BASE64] = "base64", [CODEC_BASE64_URL] = "base64url", [CODEC_BASE32] = "base32"};

    for (int i = 0; i < 3; i++) {
        if (strcmp(name, names[i]) == 0) {
            *format = (enum codec_format)i;
            return 1;
        }
    }
    return 0;
}

static int encode_stream(enum codec_format format, FILE *in, FILE *out)
{
    unsigned char data[PIECE];
    char text[2 * PIECE];
    size_t size;

    while ((size = fread(data, 1, sizeof data, in)) > 0) {
        if (encode(format, data, size, text, sizeof text) != CODEC_OK)
            return CODEC_NO_ROOM;
        fputs(text, out);
    }
    fputc('\n', out);
    return CODEC_OK;
}

static int decode_stream(enum codec_format format, FILE *in, FILE *out)
{
    struct decoder decoder;
    char piece[PIECE];
    unsigned char data[PIECE];
    size_t size, written;

    decoder_start(&decoder, format, DECODE_BREAKS);
    while ((size = fread(piece, 1, sizeof piece, in)) > 0) {
        decoder_feed(&decoder, piece, size, data, sizeof data, &written);
        fwrite(data, 1, written, out);
    }
    return decoder_end(&decoder);
}

int main(int argc, char **argv)
{
    int decoding = argc > 1 && strcmp(argv[1], "-d") == 0;
    enum codec_format format;
    int error;

    if (argc != 2 + decoding || !format_of(argv[1 + decoding], &format)) {
        fprintf(stderr, "usage: %s [-d] base64|base64url|base32\n", argv[0]);
        return 2;
    }
    error = decoding ? decode_stream(format, stdin, stdout) : encode_stream(format, stdin, stdout);
    if (error != CODEC_OK)
        fprintf(stderr, "error %d\n", error);
    return error == CODEC_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
