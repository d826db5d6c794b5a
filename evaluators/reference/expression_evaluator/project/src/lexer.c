#include "lexer.h"

#include <ctype.h>
#include <string.h>

#include "expr.h"

/* Signs of two characters, and those of one. */
static const char pairs[] = "<= >= == != && ||";
static const char singles[] = "+-*/%<>!?:(),";

static size_t name_length(const char *text)
{
    size_t length = 0;

    while (isalnum((unsigned char)text[length]) || text[length] == '_')
        length++;
    return length;
}

/* Reads decimal digits. False when the number is too large. */
static bool read_number(struct token *token)
{
    int64_t value = 0;

    for (size_t i = 0; i < token->length; i++) {
        value = 10 * value + (token->start[i] - '0');
        if (value > INT32_MAX)
            return false;
    }
    token->value = (int32_t)value;
    return true;
}

static size_t sign_length(const char *text)
{
    for (const char *pair = pairs; *pair; pair += pair[2] ? 3 : 2)
        if (strncmp(text, pair, 2) == 0)
            return 2;
    return *text && strchr(singles, *text) ? 1 : 0;
}

void lexer_next(const char **at, struct token *token)
{
    const char *text = *at;

    while (*text == ' ' || *text == '\t')
        text++;
    token->start = text;
    token->value = 0;
    if (isdigit((unsigned char)*text)) {
        token->length = strspn(text, "0123456789");
        token->kind = read_number(token) ? TOKEN_NUMBER : TOKEN_BAD;
    } else if (isalpha((unsigned char)*text) || *text == '_') {
        token->length = name_length(text);
        token->kind = token->length <= EXPR_NAME_MAX ? TOKEN_NAME : TOKEN_BAD;
    } else {
        token->length = sign_length(text);
        token->kind = token->length > 0 ? TOKEN_SIGN : *text ? TOKEN_BAD : TOKEN_END;
    }
    *at = text + token->length;
}

bool token_is(const struct token *token, const char *text)
{
    return token->length == strlen(text) && memcmp(token->start, text, token->length) == 0;
}
