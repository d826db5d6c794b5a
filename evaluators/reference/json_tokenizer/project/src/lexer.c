#include "json.h"

#include <string.h>

#include "cursor.h"
#include "number.h"
#include "text.h"

/* The token of a single character, or JSON_END. */
static enum json_kind punctuation(int c)
{
    switch (c) {
    case '[':
        return JSON_ARRAY_BEGIN;
    case ']':
        return JSON_ARRAY_END;
    case '{':
        return JSON_OBJECT_BEGIN;
    case '}':
        return JSON_OBJECT_END;
    case ':':
        return JSON_COLON;
    case ',':
        return JSON_COMMA;
    default:
        return JSON_END;
    }
}

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* How many letters stand at the beginning of a text. */
static size_t word_length(const char *text, size_t length)
{
    size_t at = 0;

    while (at < length && is_letter(text[at]))
        at++;
    return at;
}

/* true, false or null; JSON_END for any other word. */
static enum json_kind keyword(const char *word, size_t length)
{
    if (length == 4 && memcmp(word, "true", 4) == 0)
        return JSON_TRUE;
    if (length == 5 && memcmp(word, "false", 5) == 0)
        return JSON_FALSE;
    if (length == 4 && memcmp(word, "null", 4) == 0)
        return JSON_NULL;
    return JSON_END;
}

/* Tells what stands at `text`, which is no white space, and how long it is. */
static enum json_status classify(const char *text, size_t left, enum json_kind *kind, size_t *length)
{
    *length = 1;
    *kind = punctuation(*text);
    if (*kind != JSON_END)
        return JSON_OK;
    if (*text == '"') {
        *kind = JSON_STRING;
        *length = string_length(text, left);
        return *length > 0 ? JSON_OK : JSON_BAD_STRING;
    }
    if (*text == '-' || (*text >= '0' && *text <= '9')) {
        *kind = JSON_NUMBER;
        *length = number_length(text, left);
        return *length > 0 ? JSON_OK : JSON_BAD_NUMBER;
    }
    *length = word_length(text, left);
    if (*length == 0)
        return JSON_BAD_CHARACTER;
    *kind = keyword(text, *length);
    return *kind != JSON_END ? JSON_OK : JSON_BAD_WORD;
}

void json_open(struct json_lexer *lexer, const char *text, size_t length)
{
    lexer->at = text;
    lexer->end = text + length;
    lexer->line = 1;
    lexer->column = 1;
}

enum json_status json_next(struct json_lexer *lexer, struct json_token *token)
{
    enum json_kind kind = JSON_END;
    size_t length = 0;

    cursor_skip_space(lexer);
    if (cursor_peek(lexer) >= 0) {
        enum json_status status = classify(lexer->at, (size_t)(lexer->end - lexer->at), &kind, &length);

        if (status != JSON_OK)
            return status;
    }
    token->kind = kind;
    token->start = lexer->at;
    token->length = length;
    token->line = lexer->line;
    token->column = lexer->column;
    cursor_advance(lexer, length);
    return JSON_OK;
}

const char *json_status_text(enum json_status status)
{
    switch (status) {
    case JSON_OK:
        return "ok";
    case JSON_BAD_CHARACTER:
        return "unknown character";
    case JSON_BAD_WORD:
        return "unknown word";
    case JSON_BAD_NUMBER:
        return "malformed number";
    case JSON_BAD_STRING:
        return "malformed string";
    case JSON_NO_SPACE:
        return "buffer too small";
    }
    return "unknown status";
}
