#ifndef CSV_BUFFER_H
#define CSV_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* Text that grows. All zero is an empty one. It is not terminated. */
struct csv_buffer {
    char *data;
    size_t length;
    size_t size;
    bool failed; /* there was no memory at some time; what was added since is not there */
};

/* Adds a character. */
void csv_buffer_add(struct csv_buffer *buffer, char c);

/* Adds `length` characters. */
void csv_buffer_append(struct csv_buffer *buffer, const char *text, size_t length);

/* Empties the buffer and keeps its memory. */
void csv_buffer_clear(struct csv_buffer *buffer);

/* Frees its memory; it is an empty one then. */
void csv_buffer_free(struct csv_buffer *buffer);

#endif
