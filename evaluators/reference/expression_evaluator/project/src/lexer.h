#ifndef LEXER_H
#define LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_kind {
    TOKEN_END,
    TOKEN_NUMBER,
    TOKEN_NAME,
    TOKEN_SIGN, /* an operator, a parenthesis, a comma */
    TOKEN_BAD   /* no token, a number that is too large, a name that is too long */
};

struct token {
    enum token_kind kind;
    const char *start;
    size_t length;
    int32_t value; /* of a number */
};

/* Reads the token at `*at` or behind the blanks there, and goes behind it. */
void lexer_next(const char **at, struct token *token);

/* Whether the token is written like this. */
bool token_is(const struct token *token, const char *text);

#endif
