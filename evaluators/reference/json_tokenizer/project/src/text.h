#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

/* How many bytes at the beginning of a text are a JSON string, quotes included; 0 if it is not a valid one. */
size_t string_length(const char *text, size_t length);

#endif
