#include "text.h"

#include <string.h>

#include "json.h"

#define REPLACEMENT 0xFFFDu

/* The value of a hexadecimal digit, or -1. */
static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The four digits behind "\u" as a number, or -1. */
static long hex_quad(const char *text, size_t length)
{
    long value = 0;

    if (length < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(text[i]);

        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* How long the escape is that begins with the backslash at `text`; 0 if it is none. */
static size_t escape_length(const char *text, size_t length)
{
    if (length < 2)
        return 0;
    if (text[1] == 'u')
        return hex_quad(text + 2, length - 2) < 0 ? 0 : 6;
    return text[1] && strchr("\"\\/bfnrt", text[1]) ? 2 : 0;
}

size_t string_length(const char *text, size_t length)
{
    size_t at = 1;

    if (length == 0 || text[0] != '"')
        return 0;
    while (at < length && text[at] != '"') {
        size_t step = 1;

        if (text[at] == '\\')
            step = escape_length(text + at, length - at);
        if (step == 0 || (unsigned char)text[at] < 0x20)
            return 0;
        at += step;
    }
    return at < length ? at + 1 : 0;
}

/* Writes a code point as UTF-8; returns the number of bytes, from 1 to 4. */
static size_t encode(unsigned long point, char *out)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xC0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xE0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}

/* Reads the escape \uXXXX, or two of them that make a pair; returns the number of bytes read. */
static size_t read_point(const char *text, size_t length, unsigned long *point)
{
    unsigned long high = (unsigned long)hex_quad(text + 2, length - 2);
    long low;

    *point = high;
    if (high < 0xD800 || high > 0xDFFF)
        return 6;
    *point = REPLACEMENT;
    if (high > 0xDBFF || length < 12 || text[6] != '\\' || text[7] != 'u')
        return 6;
    low = hex_quad(text + 8, length - 8);
    if (low < 0xDC00 || low > 0xDFFF)
        return 6;
    *point = 0x10000 + ((high - 0xD800) << 10) + ((unsigned long)low - 0xDC00);
    return 12;
}

/* What a backslash and one letter stand for. */
static char plain_escape(char letter)
{
    switch (letter) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return letter;
    }
}

enum json_status json_string(const struct json_token *token, char *out, size_t size)
{
    const char *text = token->start + 1;
    size_t length = token->length - 2, at = 0, used = 0;

    while (at < length) {
        char piece[4];
        size_t bytes = 1;
        unsigned long point;

        if (text[at] != '\\') {
            piece[0] = text[at++];
        } else if (text[at + 1] == 'u') {
            at += read_point(text + at, length - at, &point);
            bytes = encode(point, piece);
        } else {
            piece[0] = plain_escape(text[at + 1]);
            at += 2;
        }
        if (used + bytes >= size)
            return JSON_NO_SPACE;
        memcpy(out + used, piece, bytes);
        used += bytes;
    }
    if (used >= size)
        return JSON_NO_SPACE;
    out[used] = '\0';
    return JSON_OK;
}
