#include <string.h>

#include "check.h"
#include "decode.h"
#include "encode.h"

/* Whether a string's characters are encoded as `expected`. */
static int encodes(enum codec_format format, const char *data, const char *expected)
{
    char text[64];

    return encode(format, (const unsigned char *)data, strlen(data), text, sizeof text) == CODEC_OK
           && strcmp(text, expected) == 0 && encoded_length(format, strlen(data)) == strlen(expected);
}

static void encode_fills_up_the_last_group(void)
{
    CHECK(encodes(CODEC_BASE64, "", ""));
    CHECK(encodes(CODEC_BASE64, "f", "Zg=="));
    CHECK(encodes(CODEC_BASE64, "fo", "Zm8="));
    CHECK(encodes(CODEC_BASE64, "foo", "Zm9v"));
    CHECK(encodes(CODEC_BASE64_URL, "fo", "Zm8"));
    CHECK(encodes(CODEC_BASE32, "f", "MY======"));
    CHECK(encodes(CODEC_BASE32, "fo", "MZXQ===="));
    CHECK(encodes(CODEC_BASE32, "foo", "MZXW6==="));
    CHECK(encodes(CODEC_BASE32, "foob", "MZXW6YQ="));
    CHECK(encodes(CODEC_BASE32, "fooba", "MZXW6YTB"));
}

static void encode_uses_the_letters_of_the_format(void)
{
    CHECK(encodes(CODEC_BASE64, "\xfb\xef\xff", "++//"));
    CHECK(encodes(CODEC_BASE64_URL, "\xfb\xef\xff", "--__"));
    CHECK(encodes(CODEC_BASE32, "\xff\xff\xff\xff\xff", "77777777"));
}

static void encode_keeps_to_the_room(void)
{
    char text[6] = "?????";

    CHECK(encode(CODEC_BASE64, (const unsigned char *)"foo", 3, text, 4) == CODEC_NO_ROOM);
    CHECK(strcmp(text, "?????") == 0);
    CHECK(encode(CODEC_BASE64, (const unsigned char *)"foo", 3, text, 5) == CODEC_OK);
    CHECK(strcmp(text, "Zm9v") == 0);
}

/* Whether a text is decoded as the characters of `expected`. */
static int decodes(enum codec_format format, unsigned flags, const char *text, const char *expected)
{
    unsigned char data[64];
    size_t length = 99;

    return decode(format, flags, text, data, sizeof data, &length) == CODEC_OK && length == strlen(expected)
           && memcmp(data, expected, length) == 0;
}

/* What decode says against a text. */
static int error_in(enum codec_format format, unsigned flags, const char *text)
{
    unsigned char data[64];
    size_t length;

    return decode(format, flags, text, data, sizeof data, &length);
}

static void decode_takes_whole_groups(void)
{
    CHECK(decodes(CODEC_BASE64, DECODE_STRICT, "Zm9vYmFy", "foobar"));
    CHECK(decodes(CODEC_BASE32, DECODE_STRICT, "MZXW6YTB", "fooba"));
    CHECK(error_in(CODEC_BASE64, DECODE_STRICT, "Zm9*") == CODEC_BAD_CHARACTER);
}

/* Returns how many checks have failed. */
int run_tests(void)
{
    failures = 0;
    encode_fills_up_the_last_group();
    encode_uses_the_letters_of_the_format();
    encode_keeps_to_the_room();
    decode_takes_whole_groups();
    return failures;
}
