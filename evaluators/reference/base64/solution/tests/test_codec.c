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

static void decode_takes_every_ending(void)
{
    CHECK(decodes(CODEC_BASE64, DECODE_STRICT, "", ""));
    CHECK(decodes(CODEC_BASE64, DECODE_STRICT, "Zg==", "f"));
    CHECK(decodes(CODEC_BASE64, DECODE_STRICT, "Zm8=", "fo"));
    CHECK(decodes(CODEC_BASE64_URL, DECODE_STRICT, "Zm8", "fo"));
    CHECK(decodes(CODEC_BASE64_URL, DECODE_STRICT, "Zg==", "f"));
    CHECK(decodes(CODEC_BASE32, DECODE_STRICT, "MY======", "f"));
    CHECK(decodes(CODEC_BASE32, DECODE_STRICT, "MZXQ====", "fo"));
    CHECK(decodes(CODEC_BASE32, DECODE_STRICT, "MZXW6===", "foo"));
    CHECK(decodes(CODEC_BASE32, DECODE_STRICT, "MZXW6YQ=", "foob"));
    CHECK(decoded_room(CODEC_BASE64, 3) == 2 && decoded_room(CODEC_BASE64, 17) == 12);
    CHECK(decoded_room(CODEC_BASE32, 7) == 4 && decoded_room(CODEC_BASE32, 18) == 11);
}

static void decode_checks_the_padding(void)
{
    CHECK(error_in(CODEC_BASE64_URL, DECODE_STRICT, "Zg=") == CODEC_BAD_LENGTH);
    CHECK(error_in(CODEC_BASE64_URL, DECODE_STRICT, "Zm9vA") == CODEC_BAD_LENGTH);
    CHECK(error_in(CODEC_BASE64, DECODE_STRICT, "Zm8") == CODEC_BAD_LENGTH);
    CHECK(error_in(CODEC_BASE64, DECODE_STRICT, "Zm9v====") == CODEC_BAD_LENGTH);
    CHECK(error_in(CODEC_BASE64, DECODE_STRICT, "A===") == CODEC_BAD_LENGTH);
    CHECK(error_in(CODEC_BASE64, DECODE_STRICT, "Zg==Zg==") == CODEC_BAD_CHARACTER);
    CHECK(error_in(CODEC_BASE32, DECODE_STRICT, "AAA=====") == CODEC_BAD_LENGTH);
    CHECK(error_in(CODEC_BASE32, DECODE_STRICT, "AAAAAA==") == CODEC_BAD_LENGTH);
    CHECK(error_in(CODEC_BASE32, DECODE_STRICT, "MY==") == CODEC_BAD_LENGTH);
}

static void decode_knows_the_characters(void)
{
    CHECK(decodes(CODEC_BASE64, DECODE_STRICT, "++//", "\xfb\xef\xff"));
    CHECK(decodes(CODEC_BASE64_URL, DECODE_STRICT, "--__", "\xfb\xef\xff"));
    CHECK(decodes(CODEC_BASE32, DECODE_STRICT, "mzxw6ytb", "fooba"));
    CHECK(error_in(CODEC_BASE64, DECODE_STRICT, "--__") == CODEC_BAD_CHARACTER);
    CHECK(error_in(CODEC_BASE32, DECODE_STRICT, "MZXW6YT1") == CODEC_BAD_CHARACTER);
    CHECK(error_in(CODEC_BASE64, DECODE_STRICT, "Zm9v\n") == CODEC_BAD_CHARACTER);
    CHECK(error_in(CODEC_BASE64, DECODE_BREAKS, "Zm9v\f") == CODEC_BAD_CHARACTER);
    CHECK(decodes(CODEC_BASE64, DECODE_BREAKS, " Z\tm\r\n8 = ", "fo"));
    CHECK(error_in(CODEC_BASE64, DECODE_STRICT, "Zh==") == CODEC_LOOSE_BITS);
    CHECK(error_in(CODEC_BASE32, DECODE_STRICT, "MZXW7===") == CODEC_LOOSE_BITS);
}

static void decode_keeps_to_the_room(void)
{
    unsigned char data[] = "??????";
    size_t length = 99;

    CHECK(decode(CODEC_BASE64, DECODE_STRICT, "Zm9vYmFy", data, 5, &length) == CODEC_NO_ROOM);
    CHECK(length == 99 && data[5] == '?');
    CHECK(decode(CODEC_BASE64, DECODE_STRICT, "Zm9vYmFy", data, 6, &length) == CODEC_OK && length == 6);
    CHECK(decode(CODEC_BASE64, DECODE_STRICT, "Zg==", data, 0, &length) == CODEC_NO_ROOM);
}

static void decoder_takes_pieces(void)
{
    static const char text[] = "MZXW6YTB";
    struct decoder decoder;
    unsigned char data[8];
    size_t total = 0, written;

    decoder_start(&decoder, CODEC_BASE32, DECODE_STRICT);
    for (size_t i = 0; i < 8; i++) {
        CHECK(decoder_feed(&decoder, text + i, 1, data + total, sizeof data - total, &written) == CODEC_OK);
        total += written;
    }
    CHECK(decoder_end(&decoder) == CODEC_OK && total == 5 && memcmp(data, "fooba", 5) == 0);

    decoder_start(&decoder, CODEC_BASE32, DECODE_STRICT);
    CHECK(decoder_feed(&decoder, "MZXW!", 5, data, sizeof data, &written) == CODEC_BAD_CHARACTER && written == 2);
    CHECK(decoder_feed(&decoder, text, 8, data, sizeof data, &written) == CODEC_BAD_CHARACTER && written == 0);
    CHECK(decoder_end(&decoder) == CODEC_BAD_CHARACTER);

    decoder_start(&decoder, CODEC_BASE64, DECODE_STRICT);
    CHECK(decoder_feed(&decoder, "Zm9v\0", 5, data, sizeof data, &written) == CODEC_BAD_CHARACTER);
}

/* Returns how many checks have failed. */
int run_tests(void)
{
    failures = 0;
    encode_fills_up_the_last_group();
    encode_uses_the_letters_of_the_format();
    encode_keeps_to_the_room();
    decode_takes_whole_groups();
    decode_takes_every_ending();
    decode_checks_the_padding();
    decode_knows_the_characters();
    decode_keeps_to_the_room();
    decoder_takes_pieces();
    return failures;
}
