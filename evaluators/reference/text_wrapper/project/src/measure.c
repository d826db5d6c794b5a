#include "measure.h"

/* UTF-8: every byte of a character but its first looks like 10xxxxxx. */
static int continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

int measure_width(const char *text, size_t bytes)
{
    int columns = 0;

    for (size_t i = 0; i < bytes; i++)
        columns += !continues(text[i]);
    return columns;
}

size_t measure_fit(const char *text, size_t bytes, int columns)
{
    size_t i = 0;

    while (i < bytes && (continues(text[i]) || columns > 0)) {
        columns -= !continues(text[i]);
        i++;
    }
    return i;
}

int measure_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}
