#include "strbuf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRBUF_LEAST 32

void strbuf_init(struct strbuf *buffer)
{
    buffer->text = NULL;
    buffer->length = 0;
    buffer->capacity = 0;
}

void strbuf_free(struct strbuf *buffer)
{
    free(buffer->text);
    strbuf_init(buffer);
}

const char *strbuf_text(const struct strbuf *buffer)
{
    return buffer->text == NULL ? "" : buffer->text;
}

size_t strbuf_length(const struct strbuf *buffer)
{
    return buffer->length;
}

/* Makes room for so many characters and the NUL. Returns 0 when there is no memory for them. */
static int make_room(struct strbuf *buffer, size_t length)
{
    size_t capacity = buffer->capacity < STRBUF_LEAST ? STRBUF_LEAST : buffer->capacity;
    char *text;

    if (length < buffer->capacity)
        return 1;
    if (length >= SIZE_MAX / 2)
        return 0;
    while (capacity <= length)
        capacity *= 2;
    text = realloc(buffer->text, capacity);
    if (text == NULL)
        return 0;
    if (buffer->text == NULL)
        text[0] = '\0';
    buffer->text = text;
    buffer->capacity = capacity;
    return 1;
}

enum strbuf_status strbuf_splice(struct strbuf *buffer, size_t at, size_t removed, const char *text, size_t n)
{
    size_t length = strbuf_length(buffer);

    if (at > length)
        return STRBUF_RANGE;
    if (removed > length - at)
        removed = length - at;
    if (n > SIZE_MAX - length || !make_room(buffer, length - removed + n))
        return STRBUF_NO_MEMORY;
    memmove(buffer->text + at + n, buffer->text + at + removed, length - at - removed + 1);
    memcpy(buffer->text + at, text, n);
    buffer->length = length - removed + n;
    return STRBUF_OK;
}

enum strbuf_status strbuf_append(struct strbuf *buffer, const char *text)
{
    return strbuf_splice(buffer, strbuf_length(buffer), 0, text, strlen(text));
}

enum strbuf_status strbuf_append_char(struct strbuf *buffer, char c)
{
    return strbuf_splice(buffer, strbuf_length(buffer), 0, &c, c != '\0');
}

enum strbuf_status strbuf_append_int(struct strbuf *buffer, int number)
{
    char digits[16];

    snprintf(digits, sizeof digits, "%d", number);
    return strbuf_append(buffer, digits);
}

enum strbuf_status strbuf_insert(struct strbuf *buffer, size_t at, const char *text)
{
    return strbuf_splice(buffer, at, 0, text, strlen(text));
}

void strbuf_truncate(struct strbuf *buffer, size_t n)
{
    size_t length = strbuf_length(buffer);

    if (n < length)
        strbuf_splice(buffer, n, length - n, "", 0);
}

char *strbuf_take(struct strbuf *buffer)
{
    char *text;

    if (!make_room(buffer, 0))
        return NULL;
    text = buffer->text;
    strbuf_init(buffer);
    return text;
}
