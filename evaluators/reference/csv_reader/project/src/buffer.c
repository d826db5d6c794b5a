#include "csv_buffer.h"

#include <stdlib.h>
#include <string.h>

#define SMALLEST_SIZE 64

/* Makes room for `more` characters. False, now and ever after, when there is no memory. */
static bool grow(struct csv_buffer *buffer, size_t more)
{
    size_t needed = buffer->length + more, size = buffer->size ? buffer->size : SMALLEST_SIZE;
    char *data;

    if (buffer->failed)
        return false;
    if (needed <= buffer->size)
        return true;
    while (size < needed)
        size *= 2;
    data = realloc(buffer->data, size);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->size = size;
    return true;
}

void csv_buffer_add(struct csv_buffer *buffer, char c)
{
    if (grow(buffer, 1))
        buffer->data[buffer->length++] = c;
}

void csv_buffer_append(struct csv_buffer *buffer, const char *text, size_t length)
{
    if (length > 0 && grow(buffer, length)) {
        memcpy(buffer->data + buffer->length, text, length);
        buffer->length += length;
    }
}

void csv_buffer_clear(struct csv_buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
}

void csv_buffer_free(struct csv_buffer *buffer)
{
    free(buffer->data);
    memset(buffer, 0, sizeof *buffer);
}
