#ifndef NUMBER_H
#define NUMBER_H

#include <stddef.h>

/* How many bytes at the beginning of a text are a JSON number; 0 if it does not begin with one. */
size_t number_length(const char *text, size_t length);

#endif
