#include "arena_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Room for a string of that length, as yet without its NUL. */
static char *take_string(struct arena *arena, size_t length)
{
    return arena_take_aligned(arena, length + 1, 1);
}

char *arena_copy_part(struct arena *arena, const char *text, size_t length)
{
    const char *end = memchr(text, '\0', length);
    size_t kept = end != NULL ? (size_t)(end - text) : length;
    char *copy = take_string(arena, kept);

    if (copy == NULL)
        return NULL;
    memcpy(copy, text, kept);
    copy[kept] = '\0';
    return copy;
}

char *arena_copy(struct arena *arena, const char *text)
{
    return arena_copy_part(arena, text, strlen(text));
}

/* Writes a text at a place and gives the place behind it. */
static char *append(char *place, const char *text)
{
    size_t length = strlen(text);

    memcpy(place, text, length);
    return place + length;
}

char *arena_join(struct arena *arena, const char *const *texts, size_t count, const char *separator)
{
    size_t length = count > 1 ? (count - 1) * strlen(separator) : 0;
    char *joined, *place;

    for (size_t i = 0; i < count; i++)
        length += strlen(texts[i]);
    joined = take_string(arena, length);
    if (joined == NULL)
        return NULL;
    place = joined;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            place = append(place, separator);
        place = append(place, texts[i]);
    }
    *place = '\0';
    return joined;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    char *text;
    int length;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return NULL;
    text = take_string(arena, (size_t)length);
    if (text == NULL)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}
