#ifndef CURSOR_H
#define CURSOR_H

#include <stddef.h>

#include "json.h"

/* The byte where the lexer stands, or -1 at the end. */
int cursor_peek(const struct json_lexer *lexer);

/* Goes on by `count` bytes that are there and hold no line end. */
void cursor_advance(struct json_lexer *lexer, size_t count);

/* Goes on to what is no white space. */
void cursor_skip_space(struct json_lexer *lexer);

#endif
